import { performance } from 'node:perf_hooks';
import { backoff } from '../../shared/backoff.js';
import type { Acl } from './acl.js';
import { Calls } from './calls.js';
import { Connection, type Resume } from './connection.js';
import { EphemeralKeeper } from './ephemeral.js';
import { ZooKeeperError } from './errors.js';
import {
  type Channel,
  commit,
  createZnode,
  listChildren,
  readZnode,
  removeTree,
  removeZnode,
  setZnode,
} from './operations.js';
import type {
  CreateOptions,
  EphemeralHandle,
  Fence,
  Op,
  SessionOptions,
  SessionState,
  Znode,
} from './session-types.js';
import { shuffled } from './shuffled.js';
import { Watches } from './watches.js';

/** The pause before the first and the longest before any later attempt to connect. */
const PAUSE_MS = { first: 100, longest: 2_000 } as const;

/**
 * A ZooKeeper session that lasts: it connects in the background, for ever, and makes a new session when the server
 * declared the old one expired. Every call has a deadline and rejects with a {@link ZooKeeperError}; calls made while
 * there is no connection wait for one until then. A write whose reply was lost is settled by reading.
 *
 * Watches are called once: when the znode was created, changed or removed, or when a lost connection is back.
 */
export class ZooKeeperSession {
  readonly #options: SessionOptions;
  readonly #hosts: readonly string[];
  readonly #channel: Channel;
  readonly #keepers = new Set<EphemeralKeeper>();
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #owners = new Set<string>();
  readonly #credentials: Set<string>;
  #connection: Connection | undefined;
  #resume: Resume | undefined;
  #connected = false;
  #closed = false;
  #attempts = 0;
  #grantedMs: number | undefined;
  #lostAt = performance.now();
  #pause: NodeJS.Timeout | undefined;
  #lastError: string | undefined;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#credentials = new Set([options.credential]);
    this.#hosts = shuffled(options.hosts.split(',').filter(host => host !== ''));
    if (this.#hosts.length === 0)
      throw new Error(`hosts must be host:port[,host:port], got "${options.hosts}"`);
    this.#channel = {
      calls: new Calls(() => this.#lastError ?? `still connecting to ${options.hosts}`),
      watches: new Watches(),
      deadlineMs: options.callDeadlineMs ?? 6_000,
      isMine: owner => this.#owners.has(owner.toString('hex')),
    };
    this.#connect();
  }

  /** Returns at once. Connects in the background until {@link close}. */
  static connect(options: SessionOptions): ZooKeeperSession {
    return new ZooKeeperSession(options);
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** The timeout that a server granted last; before, the one asked for. */
  get timeoutMs(): number {
    return this.#grantedMs ?? this.#options.timeoutMs;
  }

  /** Why there was no connection last, in words: "connection refused by 127.0.0.1:2181". */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Milliseconds without a connection up to now; 0 while connected. */
  get lostForMs(): number {
    return this.#connected ? 0 : performance.now() - this.#lostAt;
  }

  /** Armed watches that wait to be called. */
  get armedWatches(): number {
    return this.#channel.watches.size;
  }

  /** Resolves when connected. Rejects when closed, or after `deadlineMs` (default: waits for ever). */
  ready(deadlineMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#connected) return resolve();
      const end = (act: () => void): void => {
        clearTimeout(timer);
        stop();
        act();
      };
      const fail = (code: 'connection' | 'closed', words: string): void =>
        end(() => reject(new ZooKeeperError(code, `connect to ${this.#options.hosts}: ${words}`)));
      const stop = this.onState(state => {
        if (state === 'connected') end(resolve);
        else if (this.#closed) fail('closed', 'the session is closed');
      });
      const late = (): void => fail('connection', this.#lastError ?? `no connection within ${deadlineMs} ms`);
      const timer = deadlineMs === undefined ? undefined : setTimeout(late, deadlineMs);
      if (this.#closed) fail('closed', 'the session is closed');
    });
  }

  /** Presents one more `user:password`, now and on later connections. Idempotent. */
  present(credential: string): void {
    if (this.#credentials.has(credential)) return;
    this.#credentials.add(credential);
    this.#connection?.present(credential);
  }

  /** Leaves it out on later connections; a server forgets it with the connection only. */
  withdraw(credential: string): void {
    this.#credentials.delete(credential);
  }

  /** The znode, or undefined when there is none; the watch is armed in both cases. */
  get(path: string, watch?: () => void): Promise<Znode | undefined> {
    return readZnode(this.#channel, path, watch);
  }

  /** Names of the children, in no order; undefined when there is no such znode, and then no watch is armed. */
  children(path: string, watch?: () => void): Promise<string[] | undefined> {
    return listChildren(this.#channel, path, watch);
  }

  /** After a lost reply, a znode with equal data counts as the one created. Rejects `no-node` without a parent. */
  create(path: string, data: Uint8Array, options: CreateOptions): Promise<'created' | 'exists'> {
    return createZnode(this.#channel, path, Buffer.from(data), options);
  }

  /** The new version. Rejects `version` when the znode has another one than `version`, `no-node` when there is none. */
  set(path: string, data: Uint8Array, version?: number, fence?: Fence): Promise<number> {
    return setZnode(this.#channel, path, Buffer.from(data), { version, fence });
  }

  /** Rejects `version` when the znode has another one than `version`, `not-empty` when it has children. */
  remove(path: string, version?: number, fence?: Fence): Promise<'removed' | 'absent'> {
    return removeZnode(this.#channel, path, { version, fence });
  }

  /** Removes the znode and all below it; absent is success. */
  removeTree(path: string, fence?: Fence): Promise<void> {
    return removeTree(this.#channel, path, fence);
  }

  /** All of the operations or none. Never repeated: when it rejects with `inDoubt`, look before doing it again. */
  multi(ops: readonly Op[], fence?: Fence): Promise<void> {
    return commit(this.#channel, ops, fence);
  }

  /**
   * Keeps an ephemeral znode there with this data, over reconnects and expiries. Takes the place of one that another
   * session made before; leaves the place to one that was made after ours, for as long as that one lasts.
   * @param onWritten called after each time the znode was created or changed.
   */
  ephemeral(path: string, data: Uint8Array, acl: Acl, onWritten?: () => void): EphemeralHandle {
    const log = (message: string): void => this.#options.log?.(message);
    const keeper = new EphemeralKeeper({ session: this, path, acl, log, onWritten }, Buffer.from(data));
    this.#keepers.add(keeper);
    return {
      set: next => keeper.set(Buffer.from(next)),
      written: () => keeper.written(),
      release: () => {
        this.#keepers.delete(keeper);
        return keeper.release();
      },
    };
  }

  /** @returns a function that ends the notifications. */
  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the session at the server, waiting at most a second for that. Calls under way reject. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#pause);
    for (const keeper of this.#keepers) keeper.stop();
    this.#channel.calls.close();
    const connection = this.#connection;
    if (connection) {
      const down = new Promise<void>(resolve => {
        this.#onceDown = resolve;
      });
      const limit = setTimeout(() => connection.fail('closed'), 1_000);
      if (this.#connected) connection.endSession();
      else connection.fail('closed');
      await down;
      clearTimeout(limit);
    } else this.#tell('lost');
  }

  #onceDown: (() => void) | undefined;

  #connect(): void {
    const host = this.#hosts[this.#attempts % this.#hosts.length] ?? '';
    this.#connection = new Connection({
      host,
      timeoutMs: this.#options.timeoutMs,
      credentials: this.#credentials,
      connectDeadlineMs: Math.max(500, Math.min(3_000, this.#options.timeoutMs / 3)),
      resume: this.#resume,
      onUp: () => this.#up(host),
      onDown: (reason, expired) => this.#down(reason, expired),
    });
  }

  #up(host: string): void {
    const connection = this.#connection;
    if (!connection || this.#closed) return;
    this.#connected = true;
    this.#grantedMs = connection.timeoutMs;
    this.#attempts = this.#attempts % this.#hosts.length;
    this.#resume = connection.resume;
    this.#owners.add(connection.resume.id.toString('hex'));
    this.#options.log?.(`connected to zookeeper ${host}`);
    this.#channel.calls.attach(connection);
    this.#channel.watches.fireAll();
    for (const keeper of this.#keepers) keeper.look();
    this.#tell('connected');
  }

  #down(reason: string, expired: boolean): void {
    const wasConnected = this.#connected;
    if (wasConnected) {
      this.#lostAt = performance.now();
      this.#resume = this.#connection?.resume;
    }
    this.#connected = false;
    this.#connection = undefined;
    if (expired) this.#resume = undefined;
    if (!this.#closed) this.#report(reason);
    this.#channel.calls.detach(reason);
    this.#onceDown?.();
    if (wasConnected || this.#closed) this.#tell('lost');
    if (expired) this.#tell('expired');
    if (this.#closed) return;
    // The first attempt after a loss or an expiry is made at once; a refused one is worth a pause.
    const pause = wasConnected || expired ? 0 : this.#nextPause();
    this.#pause = setTimeout(() => this.#connect(), pause);
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

  #tell(state: SessionState): void {
    for (const listener of [...this.#listeners]) listener(state);
  }
}
