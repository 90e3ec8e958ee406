import { expect } from 'chai';
import type { RunWorld } from '../../../controller/core/model/world.js';
import { PortError } from '../../../controller/ports/errors.js';
import type { StateStore, StateStoreWorld } from '../../../controller/ports/state-store.js';
import type { RankRecord, RunDirectory } from '../../../controller/shared/protocol/program-records.js';
import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
} from '../../../controller/shared/protocol/protocol.js';
import { claim, directory, jobRecord, placement, registration, report, result } from './samples.js';

/** What the agents of a run do, whichever way they reach their znodes. */
export interface AgentSide {
  register(run: string, registration: Registration): Promise<unknown>;
  drop(run: string, index: number): Promise<unknown>;
  report(run: string, report: LauncherReport): Promise<unknown>;
  place(run: string, placement: Placement): Promise<unknown>;
  claim(run: string, claim: Claim): Promise<unknown>;
  finish(run: string, result: RunResult): Promise<unknown>;
  tell(run: string, rank: number, record: RankRecord): Promise<unknown>;
  directory(run: string): Promise<RunDirectory>;
  /** A program makes znodes that only it may list and remove. */
  lock(run: string): Promise<unknown>;
}

export interface Subject {
  readonly registry: StateStore;
  /** Puts this in place of a job's record, as no controller does. */
  readonly spoil: (key: string, text: string) => Promise<unknown>;
  readonly agents: AgentSide;
}

/** The promises of {@link StateStore} that hold for the real one and for the fake. */
export function itKeepsJobsAndRuns(subject: () => Subject): void {
  let ids = 0;
  const fresh = (): string => `ring-0a1b2c3d-${++ids}`;
  const observe = async (...runs: readonly string[]): Promise<StateStoreWorld> => {
    const seen = await subject().registry.observe(runs);
    if (!seen.ok) throw new Error(seen.error);
    return seen.value;
  };
  const see = async (run: string): Promise<RunWorld> => {
    const world = (await observe(run)).runs.get(run);
    if (!world) throw new Error(`run ${run} is absent`);
    return world;
  };
  const failure = async (act: Promise<unknown>): Promise<PortError> => {
    const error = await act.then(
      () => new Error('it succeeded'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof PortError) return error;
    throw error;
  };

  it('reads back a job record as it was written, with the version to write next', async () => {
    const { registry } = subject();
    const first = await registry.writeJob(jobRecord('a/one', 1), undefined);
    const second = await registry.writeJob(jobRecord('a/one', 2), first);
    expect((await observe()).jobs.get('a/one')).to.deep.equal({
      record: jobRecord('a/one', 2),
      version: second,
    });
  });

  it('sees its own writes at once, however often it looked before', async () => {
    const { registry } = subject();
    let version = await registry.writeJob(jobRecord('a/often', 0), undefined);
    for (let generation = 1; generation <= 5; generation++) {
      await observe();
      version = await registry.writeJob(jobRecord('a/often', generation), version);
      expect((await observe()).jobs.get('a/often')?.record.generation).to.equal(generation);
    }
  });

  it('has one id, whoever gives it another', async () => {
    const { registry } = subject();
    await registry.createId('first');
    const { id } = await observe();
    expect(id).to.be.a('string').and.not.equal('');
    await registry.createId('second');
    expect((await observe()).id).to.equal(id);
  });

  it('keeps jobs of one name in two namespaces apart', async () => {
    const { registry } = subject();
    await registry.writeJob(jobRecord('b/same', 1), undefined);
    await registry.writeJob(jobRecord('c/same', 2), undefined);
    const { jobs } = await observe();
    expect([jobs.get('b/same')?.record.generation, jobs.get('c/same')?.record.generation]).to.deep.equal([
      1, 2,
    ]);
  });

  it('refuses to write over a record that moved on, and the record stays', async () => {
    const { registry } = subject();
    const version = await registry.writeJob(jobRecord('a/moved', 1), undefined);
    await registry.writeJob(jobRecord('a/moved', 2), version);
    expect((await failure(registry.writeJob(jobRecord('a/moved', 3), version))).kind).to.equal('retry');
    expect((await failure(registry.writeJob(jobRecord('a/moved', 3), undefined))).kind).to.equal('retry');
    expect((await observe()).jobs.get('a/moved')?.record.generation).to.equal(2);
  });

  it('reads all job records again, also cached ones', async () => {
    const { registry } = subject();
    const version = await registry.writeJob(jobRecord('a/anew', 1), undefined);
    await observe();
    await registry.writeJob(jobRecord('a/anew', 2), version);
    const gone = await registry.writeJob(jobRecord('a/gone-anew'), undefined);
    await registry.removeJob('a/gone-anew', gone);
    const seen = await registry.records();
    if (!seen.ok) throw new Error(seen.error);
    expect(seen.value.find(({ key }) => key === 'a/anew')?.generation).to.equal(2);
    expect(seen.value.some(({ key }) => key === 'a/gone-anew')).to.equal(false);
  });

  it('removes a job record, twice as well as once', async () => {
    const { registry } = subject();
    const version = await registry.writeJob(jobRecord('a/gone'), undefined);
    await observe();
    await registry.removeJob('a/gone', version);
    await registry.removeJob('a/gone', version);
    expect((await observe()).jobs.has('a/gone')).to.equal(false);
  });

  it('does not remove a job record that is not the one that was read', async () => {
    const { registry } = subject();
    const version = await registry.writeJob(jobRecord('a/again', 1), undefined);
    await registry.writeJob(jobRecord('a/again', 2), version);
    expect((await failure(registry.removeJob('a/again', version))).kind).to.equal('retry');
    expect((await observe()).jobs.get('a/again')?.record.generation).to.equal(2);
  });

  for (const [what, text] of [
    ['no JSON', '{"key":'],
    ['a record of another job', JSON.stringify(jobRecord('a/other'))],
    ['something else', '[]'],
  ] as const)
    it(`says which job has ${what} for a record, reads all others, and writes nothing over it`, async () => {
      const { registry, spoil } = subject();
      const key = `spoilt/job-${++ids}`;
      const version = await registry.writeJob(jobRecord(key), undefined);
      await registry.writeJob(jobRecord(`a/beside-${ids}`), undefined);
      await spoil(key, text);
      const { jobs, unreadableRecords } = await observe();
      expect([...unreadableRecords.keys()]).to.deep.equal([key]);
      expect(unreadableRecords.get(key)).to.include('holds no job record');
      expect([jobs.has(key), jobs.has(`a/beside-${ids}`)]).to.deep.equal([false, true]);
      expect((await failure(registry.writeJob(jobRecord(key), undefined))).kind).to.equal('retry');
      const fresh = await registry.records();
      expect(fresh.ok ? '' : fresh.error).to.include('holds no job record');
      await registry.removeJob(key, version + 1);
      expect((await observe()).unreadableRecords.size).to.equal(0);
    });

  it('shows a new run as empty, and one that was not made as absent', async () => {
    const { registry } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    const world = await observe(run, 'never-made');
    expect(world.runs.get(run)).to.deep.equal({
      registrations: [],
      placements: [],
      ranks: [],
      started: false,
      stopping: false,
    });
    expect(world.runs.has('never-made')).to.equal(false);
    expect(world.runIds).to.include(run).and.not.include('never-made');
  });

  it('sees at once that a run was made or removed, however often it looked before', async () => {
    const { registry } = subject();
    const run = fresh();
    for (let round = 0; round < 5; round++) {
      expect((await observe(run)).runs.has(run)).to.equal(false);
      await registry.createRun(run, directory);
      expect((await observe(run)).runs.has(run)).to.equal(true);
      await registry.removeRun(run);
    }
  });

  it('lists all runs but reads only those asked for', async () => {
    const { registry } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    const world = await observe();
    expect([world.runs.size, world.runIds.includes(run)]).to.deep.equal([0, true]);
  });

  it('keeps what agents wrote when the run is made a second time', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await agents.register(run, registration(0));
    await registry.createRun(run, directory);
    expect((await see(run)).registrations).to.deep.equal([registration(0)]);
  });

  it('tells agents where the nodes and the job master are, as it was when the run was first made', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await registry.createRun(run, { nodes: {}, jobMaster: 'elsewhere' });
    expect(await agents.directory(run)).to.deep.equal(directory);
  });

  it('sorts registrations and placements by worker index', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    for (const index of [10, 2, 0]) {
      await agents.register(run, registration(index));
      await agents.place(run, placement(index, [index]));
    }
    const { registrations, placements } = await see(run);
    expect(registrations.map(({ index }) => index)).to.deep.equal([0, 2, 10]);
    expect(placements.map(({ worker }) => worker)).to.deep.equal([0, 2, 10]);
  });

  it('notices a worker that left, and one that came in its place', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await agents.register(run, registration(0, 'first'));
    expect((await see(run)).registrations.map(({ task }) => task)).to.deep.equal(['first']);
    await agents.drop(run, 0);
    expect((await see(run)).registrations).to.deep.equal([]);
    await agents.register(run, registration(0, 'second'));
    expect((await see(run)).registrations.map(({ task }) => task)).to.deep.equal(['second']);
  });

  it('shows the launcher, its claim and the result', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await agents.report(run, report);
    await agents.claim(run, claim);
    await agents.finish(run, result);
    const world = await see(run);
    expect([world.launcher, world.claim, world.result]).to.deep.equal([report, claim, result]);
  });

  it('shows what ranks say of themselves, by rank, and what they say next', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    for (const rank of [10, 0, 2]) await agents.tell(run, rank, { state: 'STARTED', worker: rank, at: 5 });
    expect((await see(run)).ranks.map(({ rank, state }) => `${rank} ${state}`)).to.deep.equal([
      '0 STARTED',
      '2 STARTED',
      '10 STARTED',
    ]);
    const failed = { state: 'FAILED', worker: 2, at: 6, error: 'java.lang.Error: out of luck' } as const;
    await agents.tell(run, 2, failed);
    expect((await see(run)).ranks[1]).to.deep.equal({ rank: 2, ...failed });
  });

  it('wakes when a rank says something', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await observe(run);
    const woken = new Promise<void>(resolve => registry.onChange(resolve));
    await agents.tell(run, 0, { state: 'STARTED', worker: 0, at: 5 });
    await woken;
  });

  it('makes the start token and the stop token, and shows what the start is for', async () => {
    const { registry } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await registry.createStart(run, { hostfile: 'first' });
    expect(await see(run)).to.include({ started: true, startHostfile: 'first', stopping: false });
    await registry.createStart(run, { hostfile: 'second' });
    expect(await see(run)).to.include({ started: true, startHostfile: 'second', stopping: false });
    await registry.createStop(run);
    await registry.createStop(run);
    expect((await see(run)).stopping).to.equal(true);
  });

  it('refuses a start token for a run that has no znodes', async () => {
    expect((await failure(subject().registry.createStart('never-made', { hostfile: '' }))).kind).to.equal(
      'retry',
    );
  });

  it('removes a run with all its agents wrote, twice as well as once', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await agents.register(run, registration(0));
    await agents.place(run, placement(0, [0]));
    await registry.createStart(run, { hostfile: '' });
    await registry.removeRun(run);
    await registry.removeRun(run);
    const world = await observe(run);
    expect([world.runs.has(run), world.runIds.includes(run)]).to.deep.equal([false, false]);
  });

  it('leaves behind of a run what nobody else may remove, says so once, and removes the rest', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await agents.register(run, registration(0));
    await agents.lock(run);
    expect((await observe()).leftBehind.has(run)).to.equal(false);
    const error = await failure(registry.removeRun(run));
    expect(error.kind).to.equal('blocked');
    expect(error.message).to.include(run).and.include('left behind');
    const world = await observe(run);
    expect([world.runIds.includes(run), world.leftBehind.has(run)]).to.deep.equal([false, true]);
  });

  it('wakes when an agent changed something in a run that was looked at', async () => {
    const { registry, agents } = subject();
    const run = fresh();
    await registry.createRun(run, directory);
    await observe(run);
    const woken = new Promise<void>(resolve => registry.onChange(resolve));
    await agents.register(run, registration(0));
    await woken;
  });

  describe('of a run whose programs write more than its job has', () => {
    /** A run that is the current one of a job with two workers of one slot. */
    const known = async (): Promise<string> => {
      const fresh = jobRecord(`wild/job-${++ids}`);
      const run = { number: 1, id: `wild-0a1b2c3d-${ids}`, generation: 1, createdAt: 1, phases: {} };
      const record = { ...fresh, status: { ...fresh.status, runs: [run] } };
      await subject().registry.writeJob(record, undefined);
      await subject().registry.createRun(run.id, directory);
      return run.id;
    };
    const state = { state: 'STARTED', worker: 0, at: 5 } as const;

    it('reads the ranks that its job has', async () => {
      const run = await known();
      for (const rank of [0, 1, 2, 1_000_000]) await subject().agents.tell(run, rank, state);
      expect((await see(run)).ranks.map(({ rank }) => rank)).to.deep.equal([0, 1]);
    });

    it('says that it cannot be read, and reads all others', async () => {
      const [run, other] = [await known(), await known()];
      await Promise.all(Array.from({ length: 1_003 }, (_, rank) => subject().agents.tell(run, rank, state)));
      await subject().agents.tell(other, 0, state);
      const world = await observe(run, other);
      expect([...world.runs.keys()]).to.deep.equal([other]);
      expect([...world.unreadableRuns.keys()]).to.deep.equal([run]);
      expect(world.unreadableRuns.get(run)).to.match(/ranks.*: 1003 znodes, of which at most 1002 are read/);
      expect(world.runIds).to.include.members([run, other]);
      await subject().registry.removeRun(run);
      const after = await observe(run, other);
      expect([after.unreadableRuns.size, after.runIds.includes(run)]).to.deep.equal([0, false]);
    });
  });

  it('gives each run a credential of its own, the same each time', () => {
    const { registry } = subject();
    expect(registry.credential('a'))
      .to.match(/^run:.+/)
      .and.equal(registry.credential('a'));
    expect(registry.credential('a')).to.not.equal(registry.credential('b'));
  });
}
