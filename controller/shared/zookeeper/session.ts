import type { Acl } from './acl.js';
import { Calls } from './calls.js';
import type { Connection } from './connection.js';
import { EphemeralKeeper } from './ephemeral.js';
import { ZooKeeperError } from './errors.js';
import { Link, type LinkDown } from './link.js';
import {
  type Channel,
  commit,
  createZnode,
  listChildren,
  readZnode,
  removeZnode,
  setAcl,
  setZnode,
} from './operations.js';
import { type RemoveOptions, removeTree } from './remove-tree.js';
import type {
  CreateOptions,
  EphemeralHandle,
  Fence,
  Op,
  SessionOptions,
  SessionState,
  Znode,
} from './session-types.js';
import { Watches } from './watches.js';

/**
 * A ZooKeeper session that lasts: it connects in the background, for ever, and makes a new session when the server
 * declared the old one expired. Every call has a deadline and rejects with a {@link ZooKeeperError}; calls made while
 * there is no connection wait for one until then. A write whose reply was lost is resolved by reading.
 *
 * Watches are called once: when the znode was created, changed or removed, or when a lost connection is back.
 */
export class ZooKeeperSession {
  readonly #options: SessionOptions;
  readonly #link: Link;
  readonly #channel: Channel;
  readonly #keepers = new Set<EphemeralKeeper>();
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #owners = new Set<string>();
  readonly #credentials: Set<string>;
  #closed = false;
  #grantedMs: number | undefined;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#credentials = new Set([options.credential]);
    this.#link = new Link({
      ...options,
      credentials: this.#credentials,
      onUp: connection => this.#up(connection),
      onDown: down => this.#down(down),
    });
    this.#channel = {
      calls: new Calls(() => this.lastError ?? `still connecting to ${options.hosts}`),
      watches: new Watches(),
      deadlineMs: options.callDeadlineMs ?? 6_000,
      isMine: owner => this.#owners.has(owner.toString('hex')),
    };
    this.#link.connect();
  }

  /** Returns at once. Connects in the background until {@link close}. */
  static connect(options: SessionOptions): ZooKeeperSession {
    return new ZooKeeperSession(options);
  }

  get connected(): boolean {
    return this.#link.up;
  }

  /** The timeout that a server granted last; before, the one asked for. */
  get timeoutMs(): number {
    return this.#grantedMs ?? this.#options.timeoutMs;
  }

  /** Why there was no connection last, in words: "connection refused by 127.0.0.1:2181". */
  get lastError(): string | undefined {
    return this.#link.lastError;
  }

  /** Milliseconds without a connection up to now; 0 while connected. */
  get lostForMs(): number {
    return this.#link.lostForMs;
  }

  /** Armed watches that wait to be called. */
  get armedWatches(): number {
    return this.#channel.watches.size;
  }

  /** Resolves when connected. Rejects when closed, or after `deadlineMs` (default: waits for ever). */
  ready(deadlineMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.connected) return resolve();
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
      const late = (): void => fail('connection', this.lastError ?? `no connection within ${deadlineMs} ms`);
      const timer = deadlineMs === undefined ? undefined : setTimeout(late, deadlineMs);
      if (this.#closed) fail('closed', 'the session is closed');
    });
  }

  /** Presents one more `user:password`, now and on later connections. Idempotent. */
  present(credential: string): void {
    if (this.#credentials.has(credential)) return;
    this.#credentials.add(credential);
    this.#link.present(credential);
  }

  /** Leaves it out on later connections; a server forgets it with the connection only. */
  withdraw(credential: string): void {
    this.#credentials.delete(credential);
  }

  /** The znode, or undefined when there is none; the watch is armed in both cases. */
  get(path: string, watch?: () => void): Promise<Znode | undefined> {
    return readZnode(this.#channel, path, watch);
  }

  /**
   * Names of the children, in no order; undefined when there is no such znode, and then no watch is armed.
   * @param most rejects `too-much` where there are more, without a watch.
   */
  children(path: string, watch?: () => void, most?: number): Promise<string[] | undefined> {
    return listChildren(this.#channel, path, { watch, most });
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

  /** Removes the znode and all below it, as far as that is permitted; absent is success. */
  removeTree(path: string, options?: RemoveOptions): Promise<void> {
    return removeTree(this.#channel, path, options);
  }

  /** Replaces who may do what with the znode. Rejects `no-auth` without the right to. */
  setAcl(path: string, acl: Acl): Promise<void> {
    return setAcl(this.#channel, path, acl);
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
    for (const keeper of this.#keepers) keeper.stop();
    this.#channel.calls.close();
    // Where there was no connection, none goes down to say so
    if (!(await this.#link.close())) this.#tell('lost');
  }

  #up(connection: Connection): void {
    this.#grantedMs = connection.timeoutMs;
    this.#owners.add(connection.resume.id.toString('hex'));
    this.#channel.calls.attach(connection);
    this.#channel.watches.fireAll();
    for (const keeper of this.#keepers) keeper.check();
    this.#tell('connected');
  }

  #down({ reason, wasUp, expired }: LinkDown): void {
    this.#channel.calls.detach(reason);
    if (wasUp || this.#closed) this.#tell('lost');
    if (expired) this.#tell('expired');
  }

  #tell(state: SessionState): void {
    for (const listener of [...this.#listeners]) listener(state);
  }
}
