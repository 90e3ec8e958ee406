import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Client, createClient, State } from 'node-zookeeper-client';
import { errorMessage } from '../error-message.js';
import { acceptUnknownCodes } from './errors.js';
import { Frames } from './frames.js';

/** What a new connection needs to take up the session of an earlier one. */
export interface Resume {
  readonly id: Buffer;
  readonly password: Buffer;
  readonly zxid: Buffer;
}

export interface ConnectionOptions {
  /** `host:port` */
  readonly host: string;
  readonly timeoutMs: number;
  /** Each `user:password`; all are presented before anything else is sent. */
  readonly credentials: Iterable<string>;
  readonly connectDeadlineMs: number;
  readonly resume: Resume | undefined;
  /** Called once, when the server accepted the session; the credential is already on its way. */
  readonly onUp: () => void;
  /** Called once, and nothing after it; calls in flight are not answered any more. */
  readonly onDown: (reason: string, expired: boolean) => void;
}

/** Parts of the library's client that its types leave out (node-zookeeper-client 1.1.3, pinned for this reason; lib/ConnectionManager.js). */
interface Manager {
  readonly socket?: Socket;
  readonly sessionTimeout: number;
  readonly connectTimeoutHandler: NodeJS.Timeout | null;
  zxid: Buffer;
  connect(): void;
  onSocketData(frame: Buffer): void;
  onSocketError(error: Error): void;
  onSocketClosed(hadError: boolean): void;
}

/**
 * One connection to one server: it comes up, goes down, and is not used again. A library client could reconnect by
 * itself, but then it sends requests that their callers gave up long ago, in an order of its own, and never notices
 * a link that swallows packets. So each client here lives for one socket, and the session moves from client to client.
 */
export class Connection {
  readonly client: Client;
  readonly #manager: Manager;
  readonly #options: ConnectionOptions;
  readonly #connectTimer: NodeJS.Timeout;
  #beatTimer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  /** When the last answered request was sent: the server held the session alive at that moment or later. */
  #proof = performance.now();
  #up = false;
  #down: { reason: string; expired: boolean } | undefined;

  constructor(options: ConnectionOptions) {
    acceptUnknownCodes();
    this.#options = options;
    const resume = options.resume && {
      sessionId: options.resume.id,
      sessionPassword: options.resume.password,
    };
    this.client = createClient(options.host, { sessionTimeout: options.timeoutMs, retries: 0, ...resume });
    this.#manager = (this.client as unknown as { connectionManager: Manager }).connectionManager;
    if (options.resume) this.#manager.zxid = options.resume.zxid;
    for (const credential of options.credentials) this.present(credential);
    this.client.on('state', state => this.#onState(state));
    this.#takeOver();
    this.client.connect();
    this.#manager.connect = () => undefined;
    const late = `no answer from ${options.host} within ${options.connectDeadlineMs / 1000} s`;
    this.#connectTimer = setTimeout(() => this.fail(late), options.connectDeadlineMs);
  }

  get timeoutMs(): number {
    return this.#manager.sessionTimeout;
  }

  get resume(): Resume {
    const { client } = this;
    return { id: client.getSessionId(), password: client.getSessionPassword(), zxid: this.#manager.zxid };
  }

  /** Presents another `user:password`; it holds for every request sent after it. */
  present(credential: string): void {
    this.client.addAuthInfo('digest', Buffer.from(credential));
  }

  /** A request that was sent at this time (`performance.now()`) has been answered. */
  answered(sentAt: number): void {
    this.#proof = Math.max(this.#proof, sentAt);
  }

  /** Gives the connection up. */
  fail(reason: string, expired = false): void {
    if (this.#down) return;
    this.#down = { reason, expired };
    clearTimeout(this.#connectTimer);
    clearInterval(this.#beatTimer);
    clearTimeout(this.#silenceTimer);
    // The library makes the socket one tick after connect().
    if (this.#manager.socket) this.#manager.socket.destroy();
    else setImmediate(() => this.#manager.socket?.destroy());
  }

  /** Ends the session at the server: its ephemeral znodes are gone at once. The connection goes down then. */
  endSession(): void {
    this.client.close();
  }

  #takeOver(): void {
    const manager = this.#manager;
    const { onSocketData, onSocketClosed } = manager;
    const frames = new Frames(frame => {
      if (!this.#down) onSocketData.call(manager, frame);
    });
    manager.onSocketData = chunk => {
      if (this.#down) return;
      try {
        frames.push(chunk);
      } catch (error) {
        this.fail(`${this.#options.host} sent an invalid ZooKeeper packet: ${errorMessage(error)}`);
      }
    };
    manager.onSocketError = error => this.fail(socketWords(error, this.#options.host));
    manager.onSocketClosed = hadError => {
      this.fail(`connection closed by ${this.#options.host}`);
      if (manager.connectTimeoutHandler) clearTimeout(manager.connectTimeoutHandler);
      // First, so that no call is sent while the library answers the ones in flight.
      if (this.#down) this.#options.onDown(this.#down.reason, this.#down.expired);
      onSocketClosed.call(manager, hadError);
    };
  }

  #onState(state: State): void {
    if (this.#down) return;
    if (state === State.EXPIRED) this.fail('session expired', true);
    else if (state === State.AUTH_FAILED) this.fail(`${this.#options.host} refuses the credential`);
    else if (state === State.SYNC_CONNECTED && !this.#up) {
      this.#up = true;
      clearTimeout(this.#connectTimer);
      this.#beatTimer = setInterval(() => this.#beat(), this.timeoutMs / 3);
      this.#watchSilence();
      this.#options.onUp();
    }
  }

  /** The library pings idle links but never misses an answer; this does. */
  #beat(): void {
    const sentAt = performance.now();
    this.client.exists('/', error => {
      if (!error) this.answered(sentAt);
    });
  }

  #watchSilence(): void {
    const limit = (this.timeoutMs * 2) / 3;
    const left = this.#proof + limit - performance.now();
    if (left <= 0) this.fail(`no answer from ${this.#options.host} for ${(limit / 1000).toFixed(1)} s`);
    else this.#silenceTimer = setTimeout(() => this.#watchSilence(), left);
  }
}

function socketWords(error: NodeJS.ErrnoException, host: string): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `connection refused by ${host}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `connection closed by ${host}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name in ${host} does not resolve (${error.code})`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${host}`;
    default:
      return `${host}: ${error.message}`;
  }
}
