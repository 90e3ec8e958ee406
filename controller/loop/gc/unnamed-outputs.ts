import { uidOf } from '../../core/model/names.js';
import type { Expiry } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import type { Observation } from '../../ports/observation.js';
import type { OutputStore } from '../../ports/output-store.js';

/**
 * Removes expired output of jobs that no record names, as after the loss of ZooKeeper's data. What cannot be removed now
 * is tried again at the next tick.
 * @returns what could not be removed, and why.
 */
export async function removeUnnamed(
  { stateStore, stored }: Pick<Observation, 'stateStore' | 'stored'>,
  expired: ReadonlyMap<string, Expiry>,
  outputs: OutputStore,
): Promise<ReadonlyMap<string, string>> {
  const uids = new Set([...stateStore.jobs.values()].map(({ record }) => record.uid));
  const failed = new Map<string, string>();
  for (const run of expired.keys()) {
    if (!stored.has(run) || uids.has(uidOf(run))) continue;
    try {
      await outputs.remove(run);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      failed.set(run, error.message);
    }
  }
  return failed;
}
