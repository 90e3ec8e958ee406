import type { JobRecord } from '../core/model/record.js';
import type { Seen, StoredOutput } from '../core/model/world.js';
import { PortError } from '../ports/errors.js';
import type { Manifests } from '../ports/manifests.js';
import type { Observation } from '../ports/observation.js';
import type { OutputStore } from '../ports/output-store.js';
import type { Ports } from '../ports/ports.js';

export type Observed =
  | { readonly ok: true; readonly value: Observation }
  /** An unreadable world is not an empty world: nothing may be planned. */
  | { readonly ok: false; readonly error: string };

/**
 * Reads everything once, in parallel.
 * @param runs the runs whose znodes were of interest last time; where that turns out to be outdated, ZooKeeper is read again.
 */
export async function observe(
  ports: Ports & { readonly manifests: Manifests },
  runs: readonly string[],
): Promise<Observed> {
  const [manifests, swarm, first, stored] = await Promise.all([
    ports.manifests.read(),
    ports.swarm.observe(),
    ports.stateStore.observe(runs),
    storedRuns(ports.outputs),
  ]);
  if (!swarm.ok) return swarm;
  if (!stored.ok) return stored;
  if (!first.ok) return first;
  const wanted = openRuns([...first.value.jobs.values()].map(({ record }) => record));
  const complete = wanted.every(run => runs.includes(run));
  const stateStore = complete ? first : await ports.stateStore.observe(wanted);
  if (!stateStore.ok) return stateStore;
  return {
    ok: true,
    value: { manifests, swarm: swarm.value, stateStore: stateStore.value, stored: stored.value },
  };
}

async function storedRuns(outputs: OutputStore): Promise<Seen<ReadonlyMap<string, StoredOutput>>> {
  try {
    return { ok: true, value: await outputs.stored() };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ok: false, error: error.message };
  }
}

/** Runs whose znodes matter: each job's current one until it is settled. */
export function openRuns(records: readonly JobRecord[]): readonly string[] {
  const open = records.filter(({ status }) => status.phase !== 'done');
  return open.flatMap(({ status }) => status.runs.at(-1)?.id ?? []);
}
