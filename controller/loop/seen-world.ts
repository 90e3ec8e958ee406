import { surplusLaunchers } from '../core/gc/launchers.js';
import type { JobInputs } from '../core/job/inputs.js';
import type { Expiry } from '../core/model/world.js';
import { leftovers } from '../core/observed/leftovers.js';
import type { ControllerEvent } from '../ports/events.js';
import type { Observation } from '../ports/observation.js';

/** What a tick knows of the world for all its jobs. */
export function seenWorld(
  { swarm, stateStore, stored }: Observation,
  expired: ReadonlyMap<string, Expiry>,
  { launchers }: { readonly launchers: number },
): JobInputs['world'] {
  const { jobs, runs, runIds, unreadableRuns, leftBehind } = stateStore;
  const records = [...jobs.values()].map(({ record }) => record);
  return {
    ...{ swarm, stored, expired, runs, runIds, unreadableRuns, leftBehind },
    leftovers: leftovers({ swarm, runIds, stored }),
    surplus: surplusLaunchers(records, swarm, launchers),
  };
}

/** Keys of all jobs in the folder or on record, sorted. */
export function jobKeys({ manifests, stateStore }: Observation): readonly string[] {
  return [...new Set([...manifests.jobs.map(job => job.key), ...stateStore.jobs.keys()])].sort();
}

/**
 * A job whose record cannot be read is left as it is.
 * @returns what is wrong with such records, by job.
 */
export function reportUnreadable(
  { stateStore: { unreadableRecords } }: Observation,
  report: (event: ControllerEvent) => void,
): ReadonlyMap<string, string> {
  for (const [key, message] of unreadableRecords)
    report({ kind: 'command-failed', key, trouble: { reason: 'RecordUnreadable', message } });
  return unreadableRecords;
}
