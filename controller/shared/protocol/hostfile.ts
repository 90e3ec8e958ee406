import type { Registration } from './protocol.js';

/**
 * The hostfile of a run: one line `ADDRESS slots=N` per worker, by worker index, each ended by a newline.
 * Rank r of the first slot of worker w is predictable because of that order. Equal registrations give equal bytes.
 * `slots=` is always written: without it Open MPI counts a host's cores
 * (https://docs.open-mpi.org/en/v5.0.x/launching-apps/scheduling.html).
 */
export function hostfile(registrations: readonly Registration[]): string {
  return [...registrations]
    .sort((a, b) => a.index - b.index)
    .map(worker => `${worker.address} slots=${worker.slots}\n`)
    .join('');
}
