import { expect } from 'chai';
import { type JobRecord, MAX_RUNS } from '../../../controller/core/model/record.js';
import { expandPlacement, placedRanks } from '../../../controller/core/status/placed-ranks.js';
import { endRun, nextStatus } from '../../../controller/core/status/status.js';
import { currentRun, readyZnodes, record, registration, view } from '../build.js';

const WORKERS = 512;
const SLOTS = 256;

/** A run of the largest job there can be, on nodes with long names. */
function largest(ranksOf: (worker: number) => readonly number[]) {
  const of = record({ workers: { replicas: WORKERS, slots: SLOTS } });
  const workers = Array.from({ length: WORKERS }, (_, index) => index);
  const seen = view({
    record: of,
    znodes: () => ({
      ...readyZnodes(),
      registrations: workers.map(registration),
      placements: workers.map(worker => ({ worker, task: `t${worker}`, ranks: ranksOf(worker) })),
    }),
  });
  const named = seen.workers.map(w => ({ ...w, node: `node-${String(w.index).padStart(6, '0')}.cluster` }));
  return { of, seen: { ...seen, workers: named } };
}

const bySlot = (worker: number): readonly number[] =>
  Array.from({ length: SLOTS }, (_, slot) => worker * SLOTS + slot);
const byNode = (worker: number): readonly number[] =>
  Array.from({ length: SLOTS }, (_, slot) => slot * WORKERS + worker);

describe('the placement of the ranks of a run', () => {
  for (const [title, ranksOf] of [
    ['slot after slot', bySlot],
    ['round the workers', byNode],
  ] as const) {
    it(`stays small and complete for 131,072 ranks placed ${title}`, () => {
      const { seen } = largest(ranksOf);
      const places = expandPlacement(placedRanks(seen));
      expect(places).to.have.length(WORKERS * SLOTS);
      const [first, last] = [places[0], places.at(-1)];
      expect(first).to.deep.equal({ rank: 0, worker: 0, node: 'node-000000.cluster' });
      expect(last).to.deep.equal({
        rank: WORKERS * SLOTS - 1,
        worker: WORKERS - 1,
        node: 'node-000511.cluster',
      });
    });
  }

  it('leaves a record of twenty runs of that size far below the 1 MB of a znode', () => {
    const { of, seen } = largest(bySlot);
    const end = { outcome: 'Succeeded', exitCode: 0, reason: 'Completed', message: 'done' } as const;
    const over = endRun(of, end, seen);
    const run = currentRun(over);
    const runs = Array.from({ length: MAX_RUNS }, (_, i) => ({ ...run, number: i + 1, id: `${run.id}${i}` }));
    const full: JobRecord = { ...over, status: { ...over.status, runs } };
    const step = { ...end, kind: 'finished' } as const;
    const stored = nextStatus(full, { phase: 'done', waiting: [], step, now: seen.now });
    const kilobytes = JSON.stringify(stored).length / 1024;
    expect(kilobytes).to.be.below(700);
  });

  it('drops the names of nodes, then everything, if the ranks follow no order', () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed % 131_072;
    };
    const some = largest(() => [random()]);
    const long = { ...some.seen, workers: some.seen.workers.map(w => ({ ...w, node: 'n'.repeat(64) })) };
    expect(placedRanks(long).every(([, node]) => node === '')).to.equal(true);
    expect(expandPlacement(placedRanks(long))).to.have.length(WORKERS);
    const wild = largest(() => Array.from({ length: SLOTS }, random));
    expect(placedRanks(wild.seen)).to.deep.equal([]);
  });
});
