import { expect } from 'chai';
import type { Program } from '../fakes/agents.js';
import type { FakeTask } from '../fakes/cluster.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
/** One worker on each of the other two nodes, the launcher on n1. */
const THREE = { workers: { replicas: 3, maxPerNode: 1 } };
/** A node that is lost is a disruption, which counts for nothing else. */
const COUNTED = {
  ...THREE,
  runPolicy: { failurePolicy: { rules: [{ action: 'Count', onConditions: ['DisruptionTarget'] }] } },
} as const;

async function started(spec: Parameters<typeof manifest>[1] = THREE, program: Program = {}): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', spec));
  world.agents.programs.set(KEY, { endless: true, ...program });
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  return world;
}

function worker(world: Scene, index: number): FakeTask {
  const [run] = [...world.stateStore.runs.values()].slice(-1);
  const task = world.cluster.tasks.find(one => one.id === run?.claim?.workers[index]);
  if (!task) throw new Error(`there is no worker ${index}`);
  return task;
}

const hostOf = (world: Scene, task: FakeTask) =>
  world.cluster.nodes.find(node => node.id === task.node)?.hostname ?? '';

const losses = (world: Scene) =>
  world
    .job(KEY)
    .status.waitingOn.filter(w => w.reason === 'WorkerLost')
    .map(w => w.message);

describe('a worker whose container ends while mpirun runs', () => {
  it('is named at once, in the wait, in a condition and in an event', async () => {
    const world = await started();
    const task = worker(world, 1);
    const words = `worker 1 on node ${hostOf(world, task)}: container ended with exit code 137`;
    world.cluster.end(task, 137);
    await world.tick();
    const { conditions, events, phase } = world.job(KEY).status;
    expect(losses(world)).to.deep.equal([words]);
    expect(conditions.find(c => c.type === 'Running')).to.include({
      status: 'True',
      reason: 'WorkerLost',
      message: words,
    });
    expect(events.at(-1)).to.include({ type: 'Warning', reason: 'WorkerLost', message: words });
    expect(phase).to.equal('running');
  });

  it('ends the run after 30 s if mpirun does not notice, and is replaced in vain', async () => {
    const world = await started();
    const lost = world.runtime.now();
    world.cluster.end(worker(world, 1), 137);
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerLost', exitCode: 143 });
    expect(status.message).to.match(
      /^worker 1 on node n\d: container ended with exit code 137; mpirun did not/,
    );
    expect((status.completionTime ?? 0) - lost).to.be.within(30_000, 33_000);
    expect(status.workers[1]).to.include({ state: 'failed' });
    expect(status.runs[0]?.placement?.map(([, , ranks]) => ranks)).to.deep.equal(['0', '1', '2']);
    expect(world.agents.ledger).to.have.length(1);
  });

  it('is named also when mpirun ends by itself, whose exit code is kept', async () => {
    const world = await started(THREE, { onLoss: { exitCode: 1, stderr: 'a daemon died' } });
    world.cluster.end(worker(world, 2), 137);
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerLost', exitCode: 1 });
    expect(status.message).to.match(/^worker 2 on node .* 137; mpirun exited with code 1: a daemon died$/);
  });

  it('is followed by a new run as the limit allows, which succeeds', async () => {
    const world = await started({ ...THREE, runPolicy: { backoffLimit: 1 } }, { onLoss: { exitCode: 1 } });
    world.cluster.end(worker(world, 0), 137);
    await world.until('the run has failed', () => world.job(KEY).status.runs[0]?.outcome === 'Failed');
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status.outcome).to.equal('Succeeded');
    expect(status.runs.map(run => run.reason)).to.deep.equal(['WorkerLost', 'Completed']);
    expect(world.agents.ledger).to.have.length(2);
  });

  it('does no harm when mpirun succeeds all the same', async () => {
    const world = await started();
    world.cluster.end(worker(world, 1), 0);
    await world.rounds(100);
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded', reason: 'Completed' });
  });

  it('is waited for when mpirun says that it lost one before Swarm does', async () => {
    const world = await started();
    const task = worker(world, 1);
    world.agents.programs.set(KEY, {
      exitCode: 1,
      stderr: 'PRTE has lost communication with a remote daemon.',
    });
    await world.until('mpirun ended', () => [...world.stateStore.runs.values()].some(run => run.result));
    await world.rounds(20);
    expect(world.job(KEY).status.waitingOn[0]?.reason).to.equal('LossPending');
    world.cluster.end(task, 137);
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'WorkerLost', exitCode: 1 });
  });
});

describe('a node that is lost while mpirun runs', () => {
  /** The node of a worker, and not of the launcher. */
  function victim(world: Scene): { readonly index: number; readonly host: string } {
    const launcher = world.cluster.tasks.find(({ id }) => id === world.agents.ledger[0]?.task);
    const index = [0, 1, 2].findIndex(i => worker(world, i).node !== launcher?.node);
    return { index, host: hostOf(world, worker(world, index)) };
  }

  it('takes its worker with it, although Swarm says that the container runs', async () => {
    const world = await started(COUNTED);
    const { index, host } = victim(world);
    world.cluster.nodeDown(host);
    await world.tick();
    expect(losses(world)).to.deep.equal([`worker ${index} on node ${host}: its node is not reachable`]);
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
    expect(world.job(KEY).status.message).to.contain(`worker ${index} on node ${host}`);
  });

  it('is ignored when it comes back within 30 s', async () => {
    const world = await started();
    const { host } = victim(world);
    world.cluster.disconnect(host);
    await world.rounds(250);
    world.cluster.nodeUp(host);
    await world.rounds(200);
    expect(losses(world)).to.deep.equal([]);
    expect(world.job(KEY).status.conditions.find(c => c.type === 'Running')).to.include({
      reason: 'MpirunStarted',
      message: '',
    });
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('is still the reason for the end when it comes back after mpirun was asked to end', async () => {
    const world = await started(COUNTED);
    const { index, host } = victim(world);
    world.cluster.nodeDown(host);
    await world.until('asked to end', () => [...world.stateStore.runs.values()].some(run => run.stop));
    world.cluster.nodeUp(host);
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
    expect(status.message).to.contain(`worker ${index} on node ${host}: its node is not reachable`);
  });
});

describe('a registration that is lost while its container runs', () => {
  it('does not count as a loss: only the session with ZooKeeper is gone', async () => {
    const world = await started();
    const step = world.agents.step.bind(world.agents);
    world.agents.step = () => {
      const moved = step();
      for (const run of world.stateStore.runs.values()) run.registrations.delete(1);
      return moved;
    };
    await world.rounds(400);
    expect(losses(world)).to.deep.equal([]);
    world.agents.programs.set(KEY, {});
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });
});

describe('a loss before the start:', () => {
  async function waiting(spec: Parameters<typeof manifest>[1] = THREE): Promise<Scene> {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring', spec));
    world.agents.sshErrors.set(0, 'connection refused by 10.0.1.7:2022');
    const silent = () => world.find(KEY)?.status.waitingOn.some(w => w.reason === 'SSHFailed') ?? false;
    await world.until('all but one answer', silent);
    return world;
  }

  it('the launcher of a lost node is recreated elsewhere, and the job starts', async () => {
    const world = await waiting({ workers: { replicas: 2 } });
    const launcher = world.cluster.services.find(({ spec }) => spec.name.endsWith('-launcher'));
    const before = world.cluster.tasks.find(({ service }) => service === launcher?.id);
    world.cluster.nodeDown(hostOf(world, before as FakeTask));
    world.agents.sshErrors.clear();
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Succeeded' });
    expect(status.runs, 'no attempt was spent').to.have.length(1);
    expect(world.agents.ledger.map(({ task }) => task)).to.not.include(before?.id);
    expect(world.agents.ledger).to.have.length(1);
  });

  it('the launcher of which Swarm keeps no history is recreated after 30 s, and the job starts', async () => {
    const world = await waiting({ workers: { replicas: 2 } });
    world.cluster.forgetful = true;
    const launcher = world.cluster.services.find(({ spec }) => spec.name.endsWith('-launcher'));
    const task = world.cluster.tasks.find(({ service }) => service === launcher?.id);
    world.cluster.end(task as FakeTask, 137);
    world.agents.sshErrors.clear();
    await world.rounds(280);
    expect(world.cluster.services, 'not at once').to.include(launcher);
    expect(world.job(KEY).status.waitingOn.map(({ reason }) => reason)).to.include('TaskMissing');
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded' });
    expect(world.agents.ledger).to.have.length(1);
  });

  it('a worker lost between permission and start makes the controller renew the permission', async () => {
    const world = await waiting();
    world.agents.sshErrors.clear();
    const permitted = () => [...world.stateStore.runs.values()].find(run => run.start !== undefined);
    await world.until('permitted', () => permitted() !== undefined);
    const registered = permitted()?.registrations.get(1)?.task;
    const task = world.cluster.tasks.find(({ id }) => id === registered);
    world.cluster.end(task as FakeTask, 1);
    await world.untilDone(KEY);
    const { status } = world.job(KEY);
    expect(status).to.include({ outcome: 'Succeeded' });
    expect(status.runs).to.have.length(1);
    expect(world.agents.ledger).to.have.length(1);
  });
});

describe('a run that was asked to end', () => {
  it('ends for that reason, also when the manifest takes it back before mpirun has ended', async () => {
    const world = await started();
    const step = world.agents.step.bind(world.agents);
    world.agents.step = () => false;
    world.manifests.put('ring.yaml', manifest('ring', { ...THREE, runPolicy: { cancel: true } }));
    await world.until('asked to end', () => [...world.stateStore.runs.values()].some(run => run.stop));
    world.manifests.put('ring.yaml', manifest('ring', THREE));
    await world.rounds(2);
    world.agents.step = step;
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    await world.rounds(50);
    expect(world.agents.ledger, 'it stays cancelled').to.have.length(1);
  });
});
