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
