import { LABEL, uidOf } from '../model/names.js';
import type { SwarmWorld } from '../model/world.js';

interface Places {
  readonly swarm: SwarmWorld;
  readonly runIds: readonly string[];
  /** By run id. */
  readonly stored: ReadonlyMap<string, unknown>;
}

/** Of each world that was asked about, the runs by the uid of their job: all jobs of a tick ask about the same one. */
const known = new WeakMap<Places, ReadonlyMap<string, ReadonlySet<string>>>();

/** Ids of the runs of the job with this uid of which anything is there: in Swarm, in ZooKeeper or in the output store; sorted. */
export function traces(world: Places, uid: string): readonly string[] {
  const all = known.get(world) ?? byUid(world);
  known.set(world, all);
  return [...(all.get(uid) ?? [])].sort();
}

function byUid({ swarm, runIds, stored }: Places): ReadonlyMap<string, ReadonlySet<string>> {
  const runs = new Map<string, Set<string>>();
  const add = (uid: string | undefined, run: string | undefined): void => {
    if (uid === undefined || run === undefined) return;
    const there = runs.get(uid);
    if (there) there.add(run);
    else runs.set(uid, new Set([run]));
  };
  for (const { labels } of [...swarm.services, ...swarm.secrets, ...swarm.configs])
    add(labels[LABEL.uid], labels[LABEL.run]);
  for (const run of [...runIds, ...stored.keys()]) add(uidOf(run), run);
  return runs;
}
