import { LABEL, uidOf } from '../model/names.js';
import type { SwarmWorld } from '../model/world.js';

/** By the uid of their job: ids of the runs of which anything is there, sorted. */
export type Leftovers = ReadonlyMap<string, readonly string[]>;

/** All runs of which anything is there: in Swarm, in ZooKeeper or in the output store. */
export function leftovers({
  swarm,
  runIds,
  stored,
}: {
  readonly swarm: SwarmWorld;
  readonly runIds: readonly string[];
  /** By run id. */
  readonly stored: ReadonlyMap<string, unknown>;
}): Leftovers {
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
  return new Map([...runs].map(([uid, ids]) => [uid, [...ids].sort()]));
}
