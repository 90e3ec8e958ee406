import { expect } from 'chai';
import { checkPlacement } from '../../../controller/core/run/rank-placement.js';
import { job } from '../build.js';

type Spec = Parameters<typeof job>[0];
type Ranks = Readonly<Record<string, readonly number[]>>;

const TABLE: readonly (readonly [
  what: string,
  spec: Spec,
  ranks: Ranks,
  verdict: string,
  message?: RegExp,
])[] = [
  ['rank r on worker r', {}, { 0: [0], 1: [1] }, 'right'],
  ['two slots each, filled in order', { workers: { slots: 2 } }, { 0: [0, 1], 1: [2, 3] }, 'right'],
  [
    'one rank each although there are two slots',
    { workers: { slots: 2 }, mpi: { npernode: 1 } },
    { 0: [0], 1: [1] },
    'right',
  ],
  [
    'fewer ranks than slots',
    { workers: { slots: 2 }, mpi: { processes: 3 } },
    { 0: [0, 1], 1: [2] },
    'right',
  ],
  ['ranks swapped', {}, { 0: [1], 1: [0] }, 'wrong', /^rank 0 ran on worker 1, expected worker 0; rank 1/],
  ['all ranks on one worker', {}, { 0: [0, 1] }, 'wrong', /rank 1 ran on worker 0, expected worker 1/],
  ['a rank on the launcher', {}, { '-1': [0], 1: [1] }, 'wrong', /rank 0 ran on the launcher/],
  ['a rank on two workers', {}, { 0: [0], 1: [0, 1] }, 'wrong', /rank 0 ran on worker 0 and on worker 1/],
  ['a rank that nobody saw', {}, { 0: [0] }, 'incomplete', /no worker has reported rank 1/],
  ['no rank at all', {}, {}, 'incomplete', /rank 0, 1/],
  ['its own mapping, any place', { mpi: { args: ['--map-by', 'node'] } }, { 0: [1], 1: [0] }, 'right'],
  [
    'its own mapping, written with an equals sign',
    { mpi: { args: ['--map-by=node'] } },
    { 0: [1], 1: [0] },
    'right',
  ],
  ['its own npernode in args', { mpi: { args: ['--npernode', '1'] } }, { 0: [1], 1: [0] }, 'right'],
  [
    'its own mapping by parameter',
    { mpi: { mca: { rmaps_base_mapping_policy: 'node' } } },
    { 0: [1], 1: [0] },
    'right',
  ],
  [
    'its own mapping by parameter in args',
    { mpi: { args: ['--mca', 'rmaps_base_mapping_policy', 'node'] } },
    { 0: [1], 1: [0] },
    'right',
  ],
  [
    'its own mapping, on the launcher',
    { mpi: { args: ['--map-by', 'node'] } },
    { '-1': [0] },
    'wrong',
    /the launcher/,
  ],
  ['its own mapping, no rank seen', { mpi: { args: ['--map-by', 'node'] } }, {}, 'incomplete'],
  ['an argument that maps nothing', { mpi: { args: ['--report-bindings'] } }, { 0: [1], 1: [0] }, 'wrong'],
];

describe('ranks are judged by where they ran', () => {
  for (const [what, spec, ranks, verdict, message] of TABLE) {
    it(`${what}: ${verdict}`, () => {
      const placements = Object.entries(ranks).map(([worker, of]) => ({
        worker: Number(worker),
        task: 't',
        ranks: of,
      }));
      const result = checkPlacement(job(spec), placements);
      expect(result.verdict).to.equal(verdict);
      if (message) expect('message' in result && result.message).to.match(message);
    });
  }

  it('names eight of many and counts the others', () => {
    const wrong = { worker: 0, task: 't', ranks: Array.from({ length: 20 }, (_, rank) => rank) };
    const result = checkPlacement(job({ workers: { replicas: 20 } }), [wrong]);
    expect('message' in result && result.message).to.match(/; rank 8 .*; and 11 more$/);
  });
});
