import type { RunWorld } from '../../../core/model/world.js';
import type { StateStoreWorld } from '../../../ports/state-store.js';
import type { CachedReads } from './cached-reads.js';

interface Reads {
  readonly wanted: readonly string[];
  /** Reads one run; undefined if it has no znode. */
  readonly read: (run: string) => Promise<RunWorld | undefined>;
}

/**
 * Names of all runs below the folder, and the contents of those wanted. A suspended job may name for months a run
 * whose znodes are gone. Runs not listed aren't read, as each read of an absent znode would arm one more watch. A run
 * that this session just created is listed: ZooKeeper calls the watch on the list before it answers the request that
 * changed it.
 */
export async function readRuns(
  cache: CachedReads,
  folder: string,
  { wanted, read }: Reads,
): Promise<Pick<StateStoreWorld, 'runs' | 'runIds'>> {
  const runIds = [...((await cache.children(folder)) ?? [])].sort();
  const listed = new Set(runIds);
  const worlds = await Promise.all(
    wanted
      .filter(run => listed.has(run))
      .map(async run => {
        const world = await read(run);
        return world ? [[run, world] as const] : [];
      }),
  );
  return { runs: new Map(worlds.flat()), runIds };
}
