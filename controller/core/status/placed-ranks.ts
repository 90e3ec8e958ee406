import type { PlacedRanks, RankPlace } from '../model/record.js';
import type { RunView } from '../observed/run-view.js';
import { parseRanges, ranges } from '../text/ranges.js';

/** A znode holds 1 MB at most and a record 20 runs: each run has its share, as has everything else in the record. */
const MAX_CHARACTERS = 32 * 1024;

/**
 * Where the ranks of a run are reported to run, by worker. What would take more room than a run has in its job's record
 * is left out: first the names of nodes, then, where hundreds of thousands of ranks follow no order, everything.
 */
export function placedRanks({ workers, znodes }: RunView): readonly PlacedRanks[] {
  const launcher = znodes?.launcher?.node.hostname ?? '';
  const full = [...(znodes?.placements ?? [])]
    .sort((a, b) => a.worker - b.worker)
    .map(({ worker, ranks }): PlacedRanks => [worker, workers[worker]?.node ?? launcher, ranges(ranks)]);
  const nameless = full.map(([worker, , ranks]): PlacedRanks => [worker, '', ranks]);
  return [full, nameless].find(places => JSON.stringify(places).length <= MAX_CHARACTERS) ?? [];
}

/** The place of each rank, by rank. */
export function expandPlacement(placement: readonly PlacedRanks[]): readonly RankPlace[] {
  return placement
    .flatMap(([worker, node, ranks]) => (parseRanges(ranks) ?? []).map(rank => ({ rank, worker, node })))
    .sort((a, b) => a.rank - b.rank);
}
