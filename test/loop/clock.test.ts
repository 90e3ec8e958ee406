import { expect } from 'chai';
import type { Program } from '../fakes/agents.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
const AN_HOUR = 3_600_000;

function scene(program: Program, spec: Parameters<typeof manifest>[1] = {}): Scene {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', spec));
  world.agents.programs.set(KEY, program);
  return world;
}

async function running(): Promise<Scene> {
  const world = scene({ endless: true });
  await world.until('running', () => world.find(KEY)?.status.phase === 'running');
  return world;
}

const waits = (world: Scene, reason: string) =>
  world.until(reason, () => world.find(KEY)?.status.waitingOn.some(w => w.reason === reason) ?? false);

/** The clock is set back by an hour. How long it then takes until the condition holds, in milliseconds. */
async function afterJump(world: Scene, condition: () => boolean): Promise<number> {
  world.runtime.jump(-AN_HOUR);
  const from = world.runtime.elapsed();
  await world.until('what was waited for', condition);
  return world.runtime.elapsed() - from;
}

const isDone = (world: Scene) => () => world.find(KEY)?.status.phase === 'done';

describe('a clock that is set back by an hour', () => {
  it('delays no further attempt of a job beyond its pause', async () => {
    const world = scene({ exitCode: 7 }, { runPolicy: { backoffLimit: 1 } });
    await waits(world, 'BackOff');
    const ms = await afterJump(world, () => world.job(KEY).status.runs.length > 1);
    expect(ms).to.be.at.most(10_000);
  });

  it('does not delay the end of a run whose launcher does not answer', async () => {
    const world = await running();
    world.agents.step = () => false;
    world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { cancel: true } }));
    await waits(world, 'Stopping');
    const ended = () => world.job(KEY).status.runs[0]?.outcome === 'Cancelled';
    expect(await afterJump(world, ended)).to.be.within(10_000, 12_000);
  });

  it('does not delay the end of a run with a lost worker that mpirun does not notice', async () => {
    const world = await running();
    const claimed = [...world.stateStore.runs.values()][0]?.claim?.workers[1];
    const worker = world.cluster.tasks.find(({ id }) => id === claimed);
    if (!worker) throw new Error('there is no worker');
    world.cluster.end(worker, 137);
    await waits(world, 'WorkerLost');
    expect(await afterJump(world, isDone(world))).to.be.within(30_000, 35_000);
  });

  it('does not delay storing the output of a launcher whose container does not end', async () => {
    const world = scene({ stdout: 'all of it\n' });
    world.cluster.end = () => undefined;
    await waits(world, 'CleaningUp');
    const stored = () => world.job(KEY).status.runs[0]?.output !== undefined;
    expect(await afterJump(world, stored)).to.be.within(30_000, 32_000);
  });

  it('does not delay the replacement of a launcher that ended before the start', async () => {
    const world = scene({});
    world.agents.sshErrors.set(1, 'connection refused');
    await waits(world, 'SSHFailed');
    const ofRun = (id: string) => world.cluster.services.find(one => one.id === id)?.spec.name ?? '';
    const launcher = world.cluster.tasks.find(task => ofRun(task.service).endsWith('-launcher'));
    if (!launcher) throw new Error('there is no launcher');
    world.cluster.end(launcher, 1);
    await world.tick();
    world.agents.sshErrors.clear();
    expect(await afterJump(world, isDone(world))).to.be.at.most(10_000);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('rewrites the wait of a job once, and not at each tick', async () => {
    const world = scene({});
    world.agents.sshErrors.set(1, 'connection refused');
    await waits(world, 'SSHFailed');
    await world.rounds(10);
    world.runtime.jump(-AN_HOUR);
    const written = () => world.effects.log.length;
    const before = written();
    await world.tick();
    expect(written()).to.equal(before + 1);
    await world.rounds(50);
    expect(written()).to.equal(before + 1);
  });
});

const A_DAY = 24 * AN_HOUR;

/** The node of the container in which mpirun runs. */
function node(world: Scene) {
  const task = world.cluster.tasks.find(({ id }) => id === world.agents.ledger[0]?.task);
  const found = world.cluster.nodes.find(({ id }) => id === task?.node);
  if (!found) throw new Error('nothing runs');
  return found;
}

describe('a clock that is set ahead', () => {
  const goesOn = async (world: Scene) => {
    await world.rounds(300);
    expect(world.job(KEY).status.phase).to.equal('running');
    expect(world.agents.ledger).to.have.length(1);
  };

  it('does not lose a node that was away for a moment', async () => {
    const world = await running();
    const { hostname } = node(world);
    world.cluster.disconnect(hostname);
    for (const znodes of world.stateStore.runs.values()) znodes.launcher = undefined;
    await world.rounds(1);
    world.runtime.jump(120_000);
    await world.tick();
    world.cluster.nodeUp(hostname);
    await goesOn(world);
  });

  it('ends no run before its deadline, and none later', async () => {
    const world = scene({ endless: true }, { runPolicy: { activeDeadlineSeconds: 60 } });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.runtime.jump(25 * AN_HOUR);
    await world.rounds(400);
    expect(world.job(KEY).status.phase).to.equal('running');
    world.runtime.jump(-50 * AN_HOUR);
    await world.rounds(150);
    expect(world.job(KEY).status.phase).to.equal('running');
    await world.rounds(70);
    expect(world.job(KEY).status).to.include({ outcome: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('ends no run that is about to start', async () => {
    const world = scene({}, { runPolicy: { startDeadlineSeconds: 60 } });
    world.agents.sshErrors.set(1, 'connection refused');
    await waits(world, 'SSHFailed');
    world.runtime.jump(AN_HOUR);
    await world.rounds(100);
    world.agents.sshErrors.clear();
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('shortens no pause between two attempts', async () => {
    const world = scene({ exitCode: 7 }, { runPolicy: { backoffLimit: 1 } });
    await waits(world, 'BackOff');
    world.runtime.jump(AN_HOUR);
    const from = world.runtime.elapsed();
    await world.until('the next', () => world.job(KEY).status.runs.length > 1);
    expect(world.runtime.elapsed() - from).to.be.within(8_000, 11_000);
  });

  it('removes nothing of a finished job before its time', async () => {
    const world = scene({}, { runPolicy: { ttlSecondsAfterFinished: 3_600 } });
    await world.untilDone(KEY);
    await world.rounds(20);
    const before = world.remains();
    world.runtime.jump(A_DAY);
    await world.rounds(300);
    expect(world.remains()).to.deep.equal(before).and.not.deep.equal([]);
    await world.rounds(40, 100_000);
    expect(world.remains()).to.deep.equal([]);
  });

  it('deletes no stored output, whether it is set right after a while or never', async () => {
    const world = scene({ stdout: 'all of it\n' });
    await world.untilDone(KEY);
    world.runtime.jump(31 * A_DAY);
    await world.rounds(150);
    world.runtime.jump(-31 * A_DAY);
    await world.rounds(100, 60_000);
    world.runtime.jump(31 * A_DAY);
    await world.rounds(100, 60_000);
    expect(world.outputs.runs.size).to.equal(1);
  });

  it('deletes no output that no record names until it was too old for an hour', async () => {
    const world = scene({});
    await world.outputs.store('other-00000009-1', (async function* () {})());
    await world.untilDone(KEY);
    world.runtime.jump(31 * A_DAY);
    await world.rounds(100, 30_000);
    expect([...world.outputs.runs.keys()]).to.include('other-00000009-1');
    await world.rounds(50, 30_000);
    expect([...world.outputs.runs.keys()]).to.not.include('other-00000009-1');
  });

  it('is said once, in the log and to each job that is not finished', async () => {
    const world = await running();
    world.runtime.jump(2 * AN_HOUR);
    await world.rounds(50);
    const events = () => world.job(KEY).status.events.filter(({ reason }) => reason === 'ClockJumped');
    expect(events().map(({ message, count }) => [message, count])).to.deep.equal([
      ["the controller's clock jumped ahead by 120 min; deadlines are moved by that much", 1],
    ]);
    expect(world.news.filter(({ kind }) => kind === 'clock-jumped')).to.deep.equal([
      { kind: 'clock-jumped', byMs: 2 * AN_HOUR },
    ]);
    world.runtime.jump(9_000);
    await world.rounds(5);
    expect(events(), 'what a time server corrects is no jump').to.have.length(1);
  });

  for (const fault of ['refused', 'reply-lost'] as const) {
    it(`moves a deadline once, also when storing that is ${fault}`, async () => {
      const world = scene({ endless: true }, { runPolicy: { activeDeadlineSeconds: 100 } });
      await world.until('running', () => world.find(KEY)?.status.phase === 'running');
      await world.rounds(5);
      const before = world.job(KEY).status.startTime ?? 0;
      world.runtime.jump(AN_HOUR);
      world.effects.inject(world.effects.log.length + 1, fault);
      await world.rounds(50);
      expect(world.job(KEY).status.startTime).to.equal(before + AN_HOUR);
    });
  }
});

describe('a controller whose clock is not that of the one before', () => {
  it('gives a node that is away its whole time, however late its own clock says it is', async () => {
    const world = await running();
    const { hostname } = node(world);
    world.cluster.disconnect(hostname);
    await world.rounds(20);
    world.restart();
    world.runtime.jump(120_000);
    await world.rounds(200);
    world.cluster.nodeUp(hostname);
    await world.rounds(50);
    expect(world.job(KEY).status.phase).to.equal('running');
  });
});
