import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { foreignSpec } from '../fakes/foreign.js';
import { endState, mismatches, UNLISTED } from './end-state.js';
import { reference } from './enumerate.js';
import { parsePlan } from './plan.js';
import { play, type Reference, rest } from './play.js';
import { statusFaults } from './status-checks.js';
import { Strangers } from './strangers.js';
import { WORKLOADS } from './workloads.js';
import { SimWorld } from './world.js';

const RUN = 'ring-00000001-1';
const KEY = 'default/ring';
const MOST_ROUNDS = 2_000;
const nothing = async (): Promise<void> => {};

/** A world without faults, as it is when its job gets to a phase. */
async function worldAt(phase: string, workload = 'long'): Promise<SimWorld> {
  const world = new SimWorld([]);
  WORKLOADS[workload]?.setUp(world);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (jobOf(world)?.status.phase === phase) return world;
    await world.round();
  }
  throw new Error(`${workload} does not get to ${phase}`);
}

function jobOf(world: SimWorld): JobRecord | undefined {
  return world.watch.records.get(KEY);
}

function known(world: SimWorld): JobRecord {
  const record = jobOf(world);
  if (!record) throw new Error('there is no record');
  return record;
}

/** An idle world whose one job has succeeded. */
async function ended(): Promise<SimWorld> {
  const world = await worldAt('done', 'ring');
  for (let round = 0; round < MOST_ROUNDS && (await mismatches(world)).length > 0; round += 1) {
    await world.round();
  }
  expect(await mismatches(world)).to.deep.equal([]);
  return world;
}

function labelled(run: string) {
  return { ...foreignSpec(`${run}-workers`, {}, 0), labels: { [LABEL.run]: run, [LABEL.role]: 'workers' } };
}

interface Breach {
  readonly title: string;
  readonly words: string;
  readonly act: (world: SimWorld) => unknown;
}

const removal =
  (verb: string, target: string, seen: readonly string[] = []) =>
  (world: SimWorld) =>
    world.watch.perform({ verb, target }, nothing, { seen: new Set(seen) });

function workersOf(world: SimWorld): string {
  return world.cluster.services.find(({ spec }) => spec.name === `${RUN}-workers`)?.id ?? '';
}

const BREACHES: readonly Breach[] = [
  {
    title: 'a second mpirun of an attempt',
    words: `mpirun was started twice for run ${RUN}`,
    act: ({ agents, watch }) => {
      agents.ledger.push({ job: KEY, run: RUN, task: 'another' });
      watch.step();
    },
  },
  {
    title: 'two mpirun of a job at once',
    words: 'two mpirun of ring-00000001 are alive at once',
    act: ({ agents, watch }) => {
      const start = { job: KEY, run: 'ring-00000001-2', task: 'another' };
      agents.ledger.push(start);
      agents.alive.add(start);
      watch.step();
    },
  },
  {
    title: 'a service that no stored record accounts for',
    words: 'create service ghost-1-workers: no stored record accounts for it',
    act: ({ watch, cluster }) =>
      watch.perform(
        { verb: 'create service', target: 'ghost-1-workers' },
        async () => cluster.services.push({ id: 'ghost', output: [], spec: labelled('ghost-1') }),
        { seen: new Set() },
      ),
  },
  {
    title: 'znodes that a leader makes after it was stopped',
    words: 'create run ghost-1: no stored record accounts for it',
    act: ({ watch, stateStore }) =>
      watch.perform(
        { verb: 'create run', target: 'ghost-1' },
        () => stateStore.createRun('ghost-1', { nodes: {}, jobMaster: '' }),
        { seen: new Set(), late: 'stopped' },
      ),
  },
  {
    title: 'the removal of a service that was not read',
    words: 'it was not read before as ours',
    act: world => removal('remove service', workersOf(world))(world),
  },
  {
    title: 'the removal of a service that a leader had not read when it was stopped',
    words: 'it was not read before as ours',
    act: world =>
      world.watch.perform({ verb: 'remove service', target: workersOf(world) }, nothing, {
        seen: new Set(),
        late: 'stopped',
      }),
  },
  {
    title: 'the removal of znodes that were not read',
    words: `remove run ${RUN}: it was not read before as ours`,
    act: removal('remove run', RUN),
  },
  {
    title: 'the removal of a record that was not read',
    words: `remove job ${KEY}: it was not read before as ours`,
    act: removal('remove job', KEY),
  },
  {
    title: 'the removal of output that was not read, and is of no run that a record lists',
    words: 'remove output ghost-1: it was not read before as ours',
    act: async world => {
      world.outputs.runs.set('ghost-1', []);
      await removal('remove output', 'ghost-1')(world);
    },
  },
  {
    title: 'the removal of znodes under a living mpirun',
    words: `remove run ${RUN}: mpirun of ${RUN} is alive, and its run has no outcome`,
    act: removal('remove run', RUN, [`run ${RUN}`]),
  },
  {
    title: 'the removal of a service under a living mpirun',
    words: `mpirun of ${RUN} is alive, and its run has no outcome`,
    act: world => removal('remove service', workersOf(world), [workersOf(world)])(world),
  },
  {
    title: 'an effect of a controller that does not lead',
    words: 'create network other: by a controller that does not lead',
    act: async world => {
      world.election.campaign('another');
      const { first } = world;
      world.election.remove(first.leadership);
      world.election.settle();
      await first.gate.effect({ verb: 'create network', target: 'other' }, nothing);
    },
  },
  {
    title: 'a write while idle',
    words: 'not at rest',
    act: async world => {
      world.agenda.in(3_000, () => world.manifests.remove('ring.yaml'));
      await rest(world);
    },
  },
];

describe('what watches the simulated world', () => {
  for (const { title, words, act } of BREACHES) {
    it(`notices ${title}`, async () => {
      const world = await worldAt('running');
      expect([...world.watch.violations]).to.deep.equal([]);
      await act(world);
      expect([...world.watch.violations].join('\n')).to.contain(words);
    });
  }

  it('notices that something foreign was changed', () => {
    const world = new SimWorld([]);
    const strangers = new Strangers(world);
    expect(strangers.changed()).to.deep.equal([]);
    world.cluster.services.length = 0;
    expect(strangers.changed()).to.deep.equal(['service database is not ours, and became nothing']);
  });
});

const STATUS: readonly (readonly [words: string, change: (record: JobRecord) => JobRecord])[] = [
  ['observedGeneration passes generation', status({ observedGeneration: 2 })],
  ['is no phase', status({ phase: 'asleep' as JobRecord['status']['phase'] })],
  ['done without an outcome', status({ phase: 'done' })],
  ['an outcome before it is done', status({ outcome: 'Failed' })],
  ['running without a run', status({ runs: [] })],
  ['run 1 has started and is pending', status({ phase: 'pending' })],
  ['runs are not consecutive', runs(run => [run, { ...run, number: 3 }])],
  ['run 1 is not the last and has no outcome', runs(run => [run, { ...run, number: 2 }])],
  ['generation falls', record => ({ ...record, generation: 0 })],
  ['observedGeneration falls', status({ observedGeneration: 0 })],
  ['the last run is older than it was', status({ runs: [] })],
  ['run 1: startedAt', runs(run => [{ ...run, startedAt: 1 }])],
  ['run 1: generation', runs(run => [{ ...run, generation: 0 }])],
  ['run 1: id', runs(run => [{ ...run, id: 'another' }])],
  ['run 1: the time of running moves', runs(run => [{ ...run, phases: { ...run.phases, running: 1 } }])],
];

function status(fields: Partial<JobRecord['status']>): (record: JobRecord) => JobRecord {
  return record => ({ ...record, status: { ...record.status, ...fields } });
}

function runs(change: (run: RunStatus) => readonly RunStatus[]): (record: JobRecord) => JobRecord {
  return record => status({ runs: record.status.runs.flatMap(change) })(record);
}

const DONE: readonly (readonly [words: string, change: (record: JobRecord) => JobRecord])[] = [
  ['done becomes pending although nothing was asked', status({ phase: 'pending' })],
  ['outcome Succeeded becomes Failed', status({ outcome: 'Failed' })],
  ['run 1: outcome Succeeded becomes Failed', runs(run => [{ ...run, outcome: 'Failed' }])],
  ['run 1: endedAt', runs(run => [{ ...run, endedAt: 1 }])],
];

describe('what watches a status', () => {
  for (const [phase, cases] of [
    ['running', STATUS],
    ['done', DONE],
  ] as const) {
    for (const [words, change] of cases) {
      it(`notices of a job that is ${phase}: ${words}`, async () => {
        const record = known(await worldAt(phase, phase === 'done' ? 'ring' : 'long'));
        expect(statusFaults(record, record)).to.deep.equal([]);
        expect(statusFaults(record, change(record)).join('\n')).to.contain(words);
      });
    }
  }
});

const LEFT: readonly (readonly [words: string, act: (world: SimWorld) => void])[] = [
  [`${KEY} has no record`, ({ watch }) => watch.records.delete(KEY)],
  [`${KEY} is still there`, ({ manifests }) => manifests.remove('ring.yaml')],
  [
    `${KEY} is outdated`,
    set(record => ({ ...record, manifest: { ...record.manifest, kind: 'MPIJob', extra: 1 } as never })),
  ],
  [`${KEY} is running`, set(status({ phase: 'running' }))],
  ['expected Succeeded', set(status({ outcome: 'Failed' }))],
  [
    'service gone-1-workers is left',
    w => w.cluster.services.push({ id: 's', output: [], spec: labelled('gone-1') }),
  ],
  [
    'secret gone-1-worker is left',
    w => w.cluster.createObject('secrets', 'gone-1-worker', '', { [LABEL.run]: 'gone-1' }),
  ],
  ['config gone-1 is left', w => w.cluster.createObject('configs', 'gone-1', '', { [LABEL.run]: 'gone-1' })],
  ['znodes gone-1 is left', w => void w.stateStore.createRun('gone-1', { nodes: {}, jobMaster: '' })],
];

function set(change: (record: JobRecord) => JobRecord): (world: SimWorld) => void {
  return world => world.watch.records.set(KEY, change(known(world)));
}

describe('what compares the end with what was asked for', () => {
  for (const [words, act] of LEFT) {
    it(`notices: ${words}`, async () => {
      const world = await ended();
      act(world);
      expect((await mismatches(world)).join('\n')).to.contain(words);
    });
  }
});

describe('what is stored of output', () => {
  it('is marked where no record lists its run', async () => {
    const world = await ended();
    expect(endState(world).filter(line => line.startsWith(UNLISTED))).to.deep.equal([]);
    world.outputs.runs.set('gone-1', []);
    expect(endState(world)).to.include(`${UNLISTED}output gone-1 ""`);
  });
});

describe('the verdict on a plan', () => {
  const cases: readonly (readonly [id: string, words: string, change: Partial<Reference>])[] = [
    ['ring:', 'another end than without the fault', { end: ['service other'] }],
    ['ring:', 'made or removed otherwise than without the fault', { summary: ['create service 9×'] }],
    ['ring:stale-swarm-1@done', 'output is lost', { end: ['output other "x"'] }],
    ['ring:', 'does not match in time', { durationMs: -1_000_000 }],
  ];
  for (const [id, words, change] of cases) {
    it(`notices of ${id} where that holds: ${words}`, async () => {
      const { violations } = await play(parsePlan(id), { ...(await reference('ring')), ...change });
      expect(violations.join('\n')).to.contain(words);
    });
  }
});
