import { LABEL, uidOf } from '../model/names.js';
import type { SwarmWorld } from '../model/world.js';

/** By the uid of their job: the runs of which anything is there. */
export interface Leftovers {
  has(uid: string): boolean;
  /** Their ids, sorted. */
  get(uid: string): readonly string[] | undefined;
}

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
  const parts = [inSwarm(swarm), once(runIds, () => runIds), once(stored, () => stored.keys())];
  return {
    has: uid => parts.some(part => part.has(uid)),
    get: uid => {
      const runs = parts.flatMap(part => part.get(uid) ?? []);
      return runs.length === 0 ? undefined : [...new Set(runs)].sort();
    },
  };
}

type ByUid = ReadonlyMap<string, readonly string[]>;

const known = new WeakMap<object, ByUid>();

/** Runs by uid: there are thousands, and the list is the same one for as long as they are the same. */
function once(list: object, runs: () => Iterable<string>): ByUid {
  const there = known.get(list) ?? byUid(runs());
  known.set(list, there);
  return there;
}

function byUid(runs: Iterable<string>): ByUid {
  const all = new Map<string, string[]>();
  for (const run of runs) add(all, uidOf(run), run);
  return all;
}

function inSwarm({ services, secrets, configs }: SwarmWorld): ByUid {
  const all = new Map<string, string[]>();
  for (const list of [services, secrets, configs])
    for (const { labels } of list) {
      const [uid, run] = [labels[LABEL.uid], labels[LABEL.run]];
      if (uid !== undefined && run !== undefined) add(all, uid, run);
    }
  return all;
}

function add(all: Map<string, string[]>, uid: string, run: string): void {
  const there = all.get(uid);
  if (there) there.push(run);
  else all.set(uid, [run]);
}
