import { performance } from 'node:perf_hooks';
import { backoff } from '../backoff.js';
import { Connection, type Resume } from './connection.js';
import type { SessionOptions } from './session-types.js';
import { shuffled } from './shuffled.js';

/** The pause before the first and the longest before any later attempt to connect. */
const PAUSE_MS = { first: 100, longest: 2_000 } as const;

export interface LinkOptions extends Pick<SessionOptions, 'hosts' | 'timeoutMs' | 'log'> {
  readonly credentials: Iterable<string>;
  readonly onUp: (connection: Connection) => void;
  /** @param down what ended; `wasUp`: the server had accepted the session on this connection. */
  readonly onDown: (down: LinkDown) => void;
}

export interface LinkDown {
  readonly reason: string;
  readonly wasUp: boolean;
  /** The server declared the session expired; the next connection makes a new one. */
  readonly expired: boolean;
}

/**
 * Keeps a session connected: one connection at a time, to one server after the other, for ever. A connection that is lost is
 * replaced at once; refused ones are followed by pauses that grow.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #hosts: readonly string[];
  #connection: Connection | undefined;
  #resume: Resume | undefined;
  #up = false;
  #closed = false;
  #attempts = 0;
  #lostAt = performance.now();
  #pause: NodeJS.Timeout | undefined;
  #lastError: string | undefined;
  #onceDown: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#hosts = shuffled(options.hosts.split(',').filter(host => host !== ''));
    if (this.#hosts.length === 0)
      throw new Error(`hosts must be host:port[,host:port], got "${options.hosts}"`);
  }

  get up(): boolean {
    return this.#up;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Milliseconds without a connection up to now; 0 while connected. */
  get lostForMs(): number {
    return this.#up ? 0 : performance.now() - this.#lostAt;
  }

  /** Presents one more `user:password` on the connection that there is. */
  present(credential: string): void {
    this.#connection?.present(credential);
  }

  connect(): void {
    const { timeoutMs, credentials } = this.#options;
    const host = this.#hosts[this.#attempts % this.#hosts.length] ?? '';
    this.#connection = new Connection({
      host,
      timeoutMs,
      credentials,
      connectDeadlineMs: Math.max(500, Math.min(3_000, timeoutMs / 3)),
      resume: this.#resume,
      onUp: () => this.#isUp(host),
      onDown: (reason, expired) => this.#isDown(reason, expired),
    });
  }

  /**
   * Ends the session at the server, waiting at most a second for that, and connects no more. To be called once.
   * @returns whether there was a connection, which has gone down by now.
   */
  async close(): Promise<boolean> {
    this.#closed = true;
    clearTimeout(this.#pause);
    const connection = this.#connection;
    if (!connection) return false;
    const down = new Promise<void>(resolve => {
      this.#onceDown = resolve;
    });
    const limit = setTimeout(() => connection.fail('closed'), 1_000);
    if (this.#up) connection.endSession();
    else connection.fail('closed');
    await down;
    clearTimeout(limit);
    return true;
  }

  #isUp(host: string): void {
    const connection = this.#connection;
    if (!connection || this.#closed) return;
    this.#up = true;
    this.#attempts = this.#attempts % this.#hosts.length;
    this.#resume = connection.resume;
    this.#options.log?.(`connected to zookeeper ${host}`);
    this.#options.onUp(connection);
  }

  #isDown(reason: string, expired: boolean): void {
    const wasUp = this.#up;
    if (wasUp) {
      this.#lostAt = performance.now();
      this.#resume = this.#connection?.resume;
    }
    this.#up = false;
    this.#connection = undefined;
    if (expired) this.#resume = undefined;
    if (!this.#closed) this.#report(reason);
    this.#options.onDown({ reason, wasUp, expired });
    this.#onceDown?.();
    if (this.#closed) return;
    // The first attempt after a loss or an expiry is made at once; a refused one is worth a pause.
    const pause = wasUp || expired ? 0 : this.#nextPause();
    this.#pause = setTimeout(() => this.connect(), pause);
  }

  #report(reason: string): void {
    if (reason !== this.#lastError) this.#options.log?.(`no connection to zookeeper: ${reason}`);
    this.#lastError = reason;
  }

  /** Each server is tried once without a pause, then pauses double up to the longest. */
  #nextPause(): number {
    this.#attempts++;
    if (this.#attempts % this.#hosts.length !== 0) return 0;
    return backoff(this.#attempts / this.#hosts.length, PAUSE_MS);
  }
}
