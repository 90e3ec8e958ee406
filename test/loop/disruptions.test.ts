import { expect } from 'chai';
import type { Program } from '../fakes/agents.js';
import type { FakeTask } from '../fakes/cluster.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
const LONE = { launcher: { mode: 'Worker0' }, workers: { replicas: 1 } } as const;

type Policy = NonNullable<Parameters<typeof manifest>[1]>['runPolicy'];

async function running(spec: Parameters<typeof manifest>[1], program: Program = {}): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', spec));
  world.agents.programs.set(KEY, { endless: true, ...program });
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  await world.rounds(5);
  return world;
}

const lone = (runPolicy: Policy = {}, program?: Program) => running({ ...LONE, runPolicy }, program);

/** The container in which mpirun was started last. */
function launcher(world: Scene): FakeTask {
  const task = world.cluster.tasks.find(({ id }) => id === world.agents.ledger.at(-1)?.task);
  if (!task) throw new Error('nothing runs');
  return task;
}

const host = (world: Scene, task = launcher(world)) =>
  world.cluster.nodes.find(({ id }) => id === task.node)?.hostname ?? '';
const starts = (world: Scene, count: number) =>
  world.until(`start ${count}`, () => world.agents.ledger.length === count);
const run = (world: Scene, index: number) => world.job(KEY).status.runs[index];

describe('a job whose node is drained', () => {
  it('is run again, however often, although no further attempt is allowed', async () => {
    const world = await lone();
    for (let count = 1; count <= 4; count += 1) {
      const drained = host(world);
      world.cluster.drain(drained);
      await starts(world, count + 1);
      expect(run(world, count - 1)).to.deep.include({
        outcome: 'Failed',
        disruption: { reason: 'NodeDrained', message: `launcher: its node ${drained} is drained` },
      });
      world.cluster.activate(drained);
      await world.rounds(20);
    }
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
    expect(run(world, 4)).to.include({ failures: 4, ignored: 4 });
  });

  it('says so in a condition and an event, and no longer when another run goes on', async () => {
    const world = await lone();
    const drained = host(world);
    world.cluster.drain(drained);
    await world.tick();
    const condition = () => world.job(KEY).status.conditions.find(({ type }) => type === 'DisruptionTarget');
    expect(condition()).to.include({ status: 'True', reason: 'NodeDrained' });
    expect(world.job(KEY).status.events.at(-1)).to.include({
      type: 'Warning',
      reason: 'NodeDrained',
      message: `run 1: launcher: its node ${drained} is drained`,
    });
    await starts(world, 2);
    expect(condition()).to.include({ status: 'False', reason: 'NotDisrupted' });
  });

  it('is run again when mpirun does not end in time and its container is killed', async () => {
    const world = await lone({}, { stopMs: 60_000 });
    world.cluster.drain(host(world));
    await starts(world, 2);
    expect(run(world, 0)).to.include({ reason: 'LauncherLost' });
  });

  it('is run again when only a worker is on it', async () => {
    const world = await running({ workers: { replicas: 3 } }, { onLoss: { exitCode: 1 } });
    const worker = [...world.stateStore.runs.values()][0]?.claim?.workers
      .map(id => world.cluster.tasks.find(task => task.id === id))
      .find(task => task !== undefined && task.node !== launcher(world).node);
    world.cluster.drain(host(world, worker));
    await starts(world, 2);
    expect(run(world, 0)).to.have.property('disruption');
  });

  for (const [action, outcome] of [
    ['FailJob', 'Failed'],
    ['Count', 'Failed'],
    ['Ignore', undefined],
  ] as const) {
    it(`has a rule for it that says ${action}: ${outcome ?? 'run again'}`, async () => {
      const rules = [
        { action: 'Ignore', onExitCodes: { operator: 'NotIn', values: [250] } },
        { action, onConditions: ['DisruptionTarget'] },
      ] as const;
      const world = await lone({ failurePolicy: { rules } });
      world.cluster.drain(host(world));
      if (outcome === undefined) return starts(world, 2);
      await world.untilDone(KEY);
      expect(world.job(KEY).status.outcome).to.equal(outcome);
      expect(world.agents.ledger).to.have.length(1);
    });
  }
});

describe('a job whose engine restarts', () => {
  it('is run again, although Swarm says that its container failed', async () => {
    const world = await lone();
    const [name, task] = [host(world), launcher(world)];
    world.cluster.disconnect(name);
    await world.rounds(30);
    world.cluster.nodeUp(name);
    await world.tick();
    world.cluster.end(task, 137);
    await starts(world, 2);
    expect(run(world, 0)?.disruption).to.include({ reason: 'NodeUnreachable' });
  });

  it('is run again when its engine stops its container in order before its node is missed', async () => {
    const world = await lone();
    const [name, task] = [host(world), launcher(world)];
    task.desired = 'shutdown';
    world.agents.step();
    task.desired = 'running';
    await world.rounds(20);
    expect(world.job(KEY).status.waitingOn.map(({ reason }) => reason)).to.include('DisruptionPending');
    world.cluster.disconnect(name);
    await world.rounds(30);
    expect(run(world, 0)?.disruption).to.include({ reason: 'NodeUnreachable' });
    world.cluster.nodeUp(name);
    await starts(world, 2);
  });
});

describe('a job that is ended by no disruption', () => {
  const failed = async (world: Scene) => {
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed' });
    expect(run(world, 0)).to.not.have.property('disruption');
    expect(world.agents.ledger).to.have.length(1);
  };

  it('fails when its container ends for lack of memory', async () => {
    const world = await lone();
    world.cluster.end(launcher(world), 137);
    await failed(world);
  });

  it('fails when its program does, a minute after its node was away', async () => {
    const world = await lone();
    const name = host(world);
    world.cluster.disconnect(name);
    await world.rounds(30);
    world.cluster.nodeUp(name);
    await world.rounds(700);
    world.cluster.end(launcher(world), 137);
    await failed(world);
  });

  it('fails when its program does while its node is not heard of by Swarm, but its agent is', async () => {
    const world = await lone();
    const { node } = launcher(world);
    const heard = world.cluster.nodes.find(({ id }) => id === node);
    world.agents.programs.set(KEY, { exitCode: 7 });
    world.agents.step();
    Object.assign(heard ?? {}, { reachable: false });
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'NonZeroExitCode', exitCode: 7 });
  });

  it('fails when a person stops its container', async () => {
    const world = await lone();
    const task = launcher(world);
    task.desired = 'shutdown';
    world.agents.step();
    task.desired = 'running';
    world.cluster.end(task, 143);
    await failed(world);
    expect(run(world, 0)).to.include({ reason: 'NonZeroExitCode', exitCode: 143 });
  });
});
