import { performance } from 'node:perf_hooks';
import type { RunWorld } from '../../../core/model/world.js';
import type { StateStoreWorld } from '../../../ports/state-store.js';
import { backoff } from '../../../shared/backoff.js';
import { isZooKeeperError, type ZooKeeperError } from '../../../shared/zookeeper/errors.js';
import type { CachedReads } from './cached-reads.js';

export interface Reads {
  readonly wanted: readonly string[];
  /** Reads one run; undefined if it has no znode. */
  readonly read: (run: string) => Promise<RunWorld | undefined>;
  /** Rejects where ZooKeeper doesn't answer anyone. */
  readonly ask: () => Promise<unknown>;
}

/** A program may make its run's znodes costly to read, so that isn't tried at each tick. */
const RETRY_MS = { first: 1_000, longest: 30_000 } as const;

interface Failure {
  readonly why: string;
  readonly tries: number;
  readonly retryAt: number;
}

/**
 * Reads the runs below a folder. Programs write there, so one that cannot be read is a fact about that run, and all
 * others are read; only what keeps ZooKeeper from answering anyone is thrown.
 */
export class Runs {
  #failed = new Map<string, Failure>();

  /** @param now a monotonic clock, in milliseconds. */
  constructor(
    private readonly cache: CachedReads,
    private readonly folder: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Names of all runs, and the contents of those wanted. A suspended job may name for months a run whose znodes are
   * gone. Runs not listed aren't read, as each read of an absent znode would arm one more watch. A run that this session
   * just created is listed: ZooKeeper calls the watch on the list before it answers the request that changed it.
   */
  async observe(reads: Reads): Promise<Pick<StateStoreWorld, 'runs' | 'runIds' | 'unreadableRuns'>> {
    const runIds = [...((await this.cache.children(this.folder)) ?? [])].sort();
    const listed = new Set(runIds);
    const wanted = reads.wanted.filter(run => listed.has(run));
    this.#failed = new Map([...this.#failed].filter(([run]) => listed.has(run)));
    const worlds = await Promise.all(
      wanted.map(async run => {
        const world = await this.#read(run, reads);
        return world ? [[run, world] as const] : [];
      }),
    );
    const unreadable = wanted.flatMap(run => {
      const failure = this.#failed.get(run);
      return failure ? [[run, failure.why] as const] : [];
    });
    return { runs: new Map(worlds.flat()), runIds, unreadableRuns: new Map(unreadable) };
  }

  async #read(run: string, { read, ask }: Reads): Promise<RunWorld | undefined> {
    const before = this.#failed.get(run);
    if (before && this.now() < before.retryAt) return undefined;
    try {
      const world = await read(run);
      this.#failed.delete(run);
      return world;
    } catch (error) {
      if (!(await isOfRun(error, ask))) throw error;
      const tries = (before?.tries ?? 0) + 1;
      const retryAt = this.now() + backoff(tries, RETRY_MS);
      this.#failed.set(run, { why: (error as ZooKeeperError).message, tries, retryAt });
      return undefined;
    }
  }
}

/** Whether it says something of the run's znodes, and not of ZooKeeper: everything else is still answered. */
async function isOfRun(error: unknown, ask: Reads['ask']): Promise<boolean> {
  if (isZooKeeperError(error, 'no-auth') || isZooKeeperError(error, 'too-much')) return true;
  if (!isZooKeeperError(error, 'deadline') && !isZooKeeperError(error, 'other')) return false;
  await ask();
  return true;
}
