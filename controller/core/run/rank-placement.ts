import { groupsOf } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import { firstFew } from '../../shared/list-words.js';
import type { Placement } from '../../shared/protocol/protocol.js';
import { processes } from '../desired/mpirun.js';

export type PlacementCheck =
  | { readonly verdict: 'right' }
  /** Some ranks have not been reported from anywhere. */
  | { readonly verdict: 'incomplete'; readonly message: string }
  | { readonly verdict: 'wrong'; readonly message: string };

/**
 * Compares where ranks ran with where they belong. Ranks fill workers in hostfile order: `npernode` or `slots` on each.
 * A manifest that gives its own mapping to mpirun (`--map-by`, `--host`, an `rmaps` setting, …) only has to have every
 * rank on some worker.
 */
export function checkPlacement(job: MPIJob, placements: readonly Placement[]): PlacementCheck {
  const seen = new Map<number, number>();
  for (const { worker, ranks } of placements) {
    for (const rank of ranks) {
      const other = seen.get(rank);
      if (other !== undefined && other !== worker) {
        return { verdict: 'wrong', message: `rank ${rank} ran on ${place(other)} and on ${place(worker)}` };
      }
      seen.set(rank, worker);
    }
  }
  const custom = hasOwnMapping(job);
  const expected = Array.from({ length: processes(job) }, (_, rank) => rank);
  const wrong = [...seen]
    .sort(([a], [b]) => a - b)
    .filter(([rank, worker]) => worker < 0 || (!custom && worker !== expectedWorker(job, rank)));
  if (wrong.length > 0) {
    const words = wrong.map(([rank, worker]) =>
      custom
        ? `rank ${rank} ran on ${place(worker)}`
        : `rank ${rank} ran on ${place(worker)}, expected ${place(expectedWorker(job, rank))}`,
    );
    return { verdict: 'wrong', message: firstFew(words, { shown: 8 }).join('; ') };
  }
  const missing = custom ? (seen.size === 0 ? [0] : []) : expected.filter(rank => !seen.has(rank));
  if (missing.length > 0) {
    return {
      verdict: 'incomplete',
      message: `no worker has reported rank ${missing.slice(0, 8).join(', ')}`,
    };
  }
  return { verdict: 'right' };
}

/** The worker that a rank belongs on when mpirun fills the hostfile in order; one too many where there is no slot left. */
export function expectedWorker(job: MPIJob, rank: number): number {
  let before = 0;
  for (const { first, replicas, slots } of groupsOf(job)) {
    const each = job.spec.mpi.npernode ?? slots;
    const at = Math.floor((rank - before) / each);
    if (at < replicas) return first + at;
    before += each * replicas;
  }
  return job.spec.workers.replicas;
}

/** `mpirun` options after which the place of a rank, or the number of ranks, is the manifest's own affair. */
const MAPPING =
  /^--?(map-by|rank-by|ppr|bynode|byslot|bycore|pernode|npernode|N|npersocket|np|n|c|rankfile|rf|host|H|nolocal|oversubscribe|cpu-list|cpu-set|app|hostfile|machinefile|default-hostfile|add-host|add-hostfile)(=.*)?$/;

function hasOwnMapping(job: MPIJob): boolean {
  const { mpi } = job.spec;
  return (
    mpi.args.some(arg => MAPPING.test(arg) || arg.startsWith('rmaps_')) ||
    Object.keys(mpi.mca).some(key => key.startsWith('rmaps_'))
  );
}

function place(worker: number): string {
  return worker < 0 ? 'the launcher' : `worker ${worker}`;
}
