import { expect } from 'chai';
import { surplusLaunchers } from '../../../controller/core/gc/launchers.js';
import type { JobRecord, RunStatus } from '../../../controller/core/model/record.js';
import type { SwarmWorld } from '../../../controller/core/model/world.js';
import { currentRun, ended, NOW, record, swarmWorld } from '../build.js';

const DONE = { outcome: 'Succeeded', reason: 'Completed' } as const;

/** A job that ended so many milliseconds ago. */
function job(
  number: number,
  agoMs: number,
  end: Partial<RunStatus> = DONE,
  spec: Parameters<typeof record>[0] = {},
): JobRecord {
  const of = ended(record(spec), { ...end, endedAt: NOW - agoMs });
  const run = { ...currentRun(of), id: `ring-${number}-1` };
  return { ...of, key: `default/ring-${number}`, status: { ...of.status, runs: [run] } };
}

/** What Swarm has of the launchers of these runs. */
function left(
  runs: readonly string[],
  lists: readonly ('services' | 'secrets')[] = ['services', 'secrets'],
): SwarmWorld {
  const things = (list: 'services' | 'secrets') =>
    lists.includes(list)
      ? runs.map(run => ({
          ...{ id: `${list}-${run}`, name: `${run}-launcher`, image: '' },
          labels: { 'mpiswarm.dev/run': run, 'mpiswarm.dev/role': 'launcher' },
        }))
      : [];
  const empty = swarmWorld(record());
  return { ...empty, services: things('services'), secrets: things('secrets'), configs: [], tasks: [] };
}

const surplus = (records: readonly JobRecord[], swarm: SwarmWorld, keep: number) => [
  ...surplusLaunchers(records, swarm, keep),
];

describe('kept launchers', () => {
  const records = [job(1, 1_000), job(2, 3_000), job(3, 2_000)];
  const all = left(['ring-1-1', 'ring-2-1', 'ring-3-1']);

  it('go when there are more than are kept, those that ended first', () => {
    expect(surplus(records, all, 3)).to.deep.equal([]);
    expect(surplus(records, all, 2)).to.deep.equal(['ring-2-1']);
    expect(surplus(records, all, 1)).to.deep.equal(['ring-2-1', 'ring-3-1']);
    expect(surplus(records, all, 0)).to.have.length(3);
  });

  it('count only where anything is left', () => {
    expect(surplus(records, left(['ring-1-1', 'ring-2-1']), 2)).to.deep.equal([]);
  });

  it('are followed by what they used, before another one goes', () => {
    const half = { ...left(['ring-1-1', 'ring-2-1'], ['services']), secrets: all.secrets };
    expect(surplus(records, half, 2)).to.deep.equal(['ring-3-1']);
  });

  it('are no others than those that the clean-up policy Running keeps of runs that ended by themselves', () => {
    const others = [
      job(1, 1_000, DONE, { runPolicy: { cleanUpPolicy: 'None' } }),
      job(2, 3_000, { outcome: 'Cancelled' }),
      { ...job(3, 2_000), generation: 2 },
    ];
    expect(surplus(others, all, 0)).to.deep.equal([]);
    const open = record();
    expect(surplus([open], left([currentRun(open).id]), 0)).to.deep.equal([]);
  });

  it('go a hundred at a time', () => {
    const many = Array.from({ length: 500 }, (_, i) => job(i, i * 1_000));
    const found = surplus(many, left(many.map(of => currentRun(of).id)), 200);
    expect(found).to.have.length(100);
    expect(found[0]).to.equal('ring-499-1');
  });
});
