import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../backoff.js';
import { errorMessage } from '../error-message.js';
import { singleFlight } from '../single-flight.js';
import type { Acl } from './acl.js';
import { isZooKeeperError, ZooKeeperError } from './errors.js';
import type { CreateOptions, Znode } from './session-types.js';

/** The part of a session that keeping a znode needs. */
interface Session {
  get(path: string, watch?: () => void): Promise<Znode | undefined>;
  create(path: string, data: Uint8Array, options: CreateOptions): Promise<'created' | 'exists'>;
  set(path: string, data: Uint8Array, version?: number): Promise<number>;
  remove(path: string, version?: number): Promise<'removed' | 'absent'>;
}

export interface Keeping {
  readonly session: Session;
  readonly path: string;
  readonly acl: Acl;
  readonly log: (message: string) => void;
  readonly onWritten: (() => void) | undefined;
}

const PAUSE_MS = { first: 100, longest: 2_000 } as const;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Keeps one ephemeral znode as wanted: looks, makes the one change that is missing, and looks again when the watch
 * says so, when the connection is back, or when the wanted data changed.
 */
export class EphemeralKeeper {
  readonly #keeping: Keeping;
  /** To be called when something may have changed since the znode was looked at. */
  readonly check = singleFlight(() => this.#step());
  readonly #stopping = new AbortController();
  readonly #waiters = new Set<Waiter>();
  #wanted: Buffer;
  #failures = 0;
  /** Creation of the znode that was ours last; a znode of another session made after that one displaces us. */
  #czxid: string | undefined;

  constructor(keeping: Keeping, data: Buffer) {
    this.#keeping = keeping;
    this.#wanted = data;
    this.check();
  }

  set(data: Buffer): void {
    this.#wanted = data;
    this.check();
  }

  written(): Promise<void> {
    const { path } = this.#keeping;
    if (this.#stopping.signal.aborted)
      return Promise.reject(new ZooKeeperError('closed', `keep ${path}: released`));
    return new Promise((resolve, reject) => {
      this.#waiters.add({ resolve, reject });
      this.check();
    });
  }

  /** Ends the keeping without touching the znode. */
  stop(): void {
    this.#stopping.abort();
    for (const { reject } of this.#waiters)
      reject(new ZooKeeperError('closed', `keep ${this.#keeping.path}: released before it was written`));
    this.#waiters.clear();
  }

  async release(): Promise<void> {
    const { session, path } = this.#keeping;
    this.stop();
    await this.check.idle();
    const there = await session.get(path);
    if (there?.mine) await session.remove(path);
  }

  async #step(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    try {
      const wanted = this.#wanted;
      if (await this.#ensure(wanted)) this.#confirmed(wanted);
      this.#failures = 0;
    } catch (error) {
      if (isZooKeeperError(error, 'closed')) return;
      // Anything else may pass: no connection yet, no parent yet. It is said once per pause and tried again.
      this.check();
      this.#keeping.log(`keep ${this.#keeping.path}: ${errorMessage(error)}`);
      await this.#pause(backoff(++this.#failures, PAUSE_MS));
    }
  }

  /** One step towards the wanted znode. True when it is there; otherwise it has asked to look again, or gave way. */
  async #ensure(wanted: Buffer): Promise<boolean> {
    const { session, path, acl } = this.#keeping;
    const there = await session.get(path, this.check);
    if (!there) {
      this.check();
      const made = await session.create(path, wanted, { acl, ephemeral: true });
      if (made === 'created') this.#keeping.onWritten?.();
      return false;
    }
    if (!there.mine) return this.#meetOther(there);
    this.#czxid = there.czxid;
    if (there.data.equals(wanted)) return true;
    this.check();
    await session.set(path, wanted, there.version);
    this.#keeping.onWritten?.();
    return false;
  }

  async #meetOther(there: Znode): Promise<false> {
    const { session, path, log } = this.#keeping;
    if (this.#czxid !== undefined && there.czxid > this.#czxid) {
      log(`keep ${path}: taken over by a later session`);
      return false;
    }
    log(`keep ${path}: replacing the znode of another session`);
    this.check();
    await session.remove(path, there.version);
    return false;
  }

  #confirmed(wanted: Buffer): void {
    if (wanted !== this.#wanted) return;
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#stopping.signal });
    } catch {
      // Aborted by stop(): the loop ends by itself.
    }
  }
}
