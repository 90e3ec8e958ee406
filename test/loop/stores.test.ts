import { expect } from 'chai';
import type { Phase } from '../../controller/core/model/phase.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

function scene(spec: Parameters<typeof manifest>[1] = {}): Scene {
  const world = new Scene();
  world.manifests.put('ring.yaml', manifest('ring', { runPolicy: { backoffLimit: 2 }, ...spec }));
  return world;
}

const starts = (world: Scene): readonly string[] => world.agents.ledger.map(({ run }) => run);
const lastRun = (world: Scene) => world.job(KEY).status.runs.at(-1);

describe('a ZooKeeper that was away when the command ended', () => {
  const missed = async (placed: readonly number[]): Promise<Scene> => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true, placements: [] });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    const [znodes] = [...world.stateStore.runs.values()];
    const { claim } = znodes ?? {};
    const launcher = world.cluster.tasks.find(({ id }) => id === claim?.task);
    if (!znodes || !claim || !launcher) throw new Error('nothing was started');
    // The container was asked to end before it could store what the command had come to
    world.cluster.end(launcher, 0);
    for (const worker of placed)
      znodes.placements.set(worker, { worker, ranks: [worker], task: claim.workers[worker] ?? '' });
    return world;
  };

  it('does not make a failure of a success that Swarm and the workers tell of', async () => {
    const world = await missed([0, 1]);
    await world.untilDone(KEY);
    expect(world.job(KEY).status).to.include({ outcome: 'Succeeded', exitCode: 0, reason: 'Completed' });
    expect(starts(world)).to.have.length(1);
  });

  it('leaves exit code 0 alone a failure', async () => {
    const world = await missed([0]);
    await world.until('an end', () => world.job(KEY).status.runs[0]?.outcome !== undefined);
    expect(world.job(KEY).status.runs[0]).to.include({ outcome: 'Failed', reason: 'LauncherLost' });
  });
});

describe('a ZooKeeper that was restored from an older state', () => {
  const restored = async (rung: Phase, exitCode: number): Promise<Scene> => {
    const world = scene({ runPolicy: { backoffLimit: 0 } });
    world.agents.programs.set(KEY, { exitCode, stdout: 'hello\n', lastsMs: 2_000 });
    await world.until(rung, () => lastRunOf(world)?.phases[rung] !== undefined);
    const jobs = structuredClone([...world.stateStore.jobs]);
    const runs = structuredClone([...world.stateStore.runs]);
    await world.untilDone(KEY);
    await world.rounds(20);
    world.stateStore.jobs.clear();
    world.stateStore.runs.clear();
    for (const [key, job] of jobs) world.stateStore.jobs.set(key, job);
    for (const [run, znodes] of runs) world.stateStore.runs.set(run, znodes);
    world.restart();
    await world.untilDone(KEY);
    await world.rounds(100);
    return world;
  };
  const lastRunOf = (world: Scene) => world.find(KEY)?.status.runs.at(-1);

  for (const rung of [
    'pending',
    'imaged',
    'networked',
    'ssh-ready',
    'registered',
    'hostfile-written',
  ] as const)
    for (const exitCode of [0, 3])
      it(`does not start again what had not started by then: ${rung}, exit code ${exitCode}`, async () => {
        const world = await restored(rung, exitCode);
        expect(starts(world)).to.have.length(1);
        expect(world.job(KEY).status.runs).to.have.length(1);
        expect(lastRun(world)).to.include({ outcome: 'Failed' });
      });
});
