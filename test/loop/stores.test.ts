import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import type { Phase } from '../../controller/core/model/phase.js';
import { Controller } from '../../controller/loop/controller.js';
import type { ControllerEvent } from '../../controller/ports/events.js';
import { FakeElection } from '../fakes/election.js';
import { FakeManifests } from '../fakes/manifests.js';
import { FakeOutputs } from '../fakes/outputs.js';
import { RunZnodesStore } from '../fakes/run-znodes.js';
import { INSTALLATION, manifest, Scene } from './scene.js';

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

describe('a ZooKeeper that has lost its data, or is another one', () => {
  const wiped = async (spec: Parameters<typeof manifest>[1], until: Phase): Promise<Scene> => {
    const world = scene(spec);
    if (until === 'running') world.agents.programs.set(KEY, { endless: true });
    await world.until(until, () => world.find(KEY)?.status.phase === until);
    await world.rounds(20);
    wipe(world);
    world.restart();
    world.news.length = 0;
    return world;
  };
  const wipe = (world: Scene): void => {
    world.stateStore.jobs.clear();
    world.stateStore.runs.clear();
    world.stateStore.id = undefined;
  };
  const refusals = (world: Scene) =>
    new Set(world.news.flatMap(one => (one.kind === 'store-refused' ? [one.reason.reason] : [])));

  it('stops nothing that runs', async () => {
    const world = await wiped({}, 'running');
    const before = world.remains();
    await world.rounds(600);
    expect(world.remains()).to.deep.equal(before.filter(thing => !thing.startsWith('znode ')));
    expect(world.agents.alive.size).to.equal(1);
    expect([...refusals(world)]).to.deep.equal(['ZooKeeperEmpty']);
  });

  it('runs nothing again', async () => {
    const world = await wiped({}, 'done');
    await world.rounds(600);
    expect(starts(world)).to.have.length(1);
    expect(world.stateStore.jobs.size).to.equal(0);
  });

  it('is noticed by stored output, where nothing is left in Swarm', async () => {
    const world = await wiped({ runPolicy: { cleanUpPolicy: 'All' } }, 'done');
    expect(world.remains()).to.deep.equal([]);
    await world.rounds(600);
    expect(starts(world)).to.have.length(1);
    expect([...refusals(world)]).to.deep.equal(['ZooKeeperEmpty']);
  });

  it('is noticed by a controller that leads, when its session ends with the data', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    wipe(world);
    world.stateStore.id = 'store-2';
    world.election.remove(world.leadership);
    world.leadership = world.election.campaign();
    world.controller = world.startController();
    await world.rounds(600);
    expect(world.agents.alive.size).to.equal(1);
    expect([...refusals(world)]).to.deep.equal(['ZooKeeperEmpty']);
  });

  it('begins anew when a person says so, for that start alone', async () => {
    const world = await wiped({}, 'running');
    await world.rounds(20);
    world.agents.programs.set(KEY, {});
    world.allowEmptyZookeeper = true;
    world.restart();
    await world.untilDone(KEY);
    await world.rounds(300);
    const run = lastRun(world)?.id ?? '';
    expect(world.remains().every(thing => thing.includes(run))).to.equal(true);
    expect(world.stateStore.id).to.match(/^[0-9a-f]{16}$/);
    world.allowEmptyZookeeper = false;
    world.restart();
    world.news.length = 0;
    await world.rounds(20);
    expect([...refusals(world)]).to.deep.equal([]);
  });

  it('is used at once where nothing of this installation is anywhere', async () => {
    const world = scene();
    wipe(world);
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('of an older version, with jobs and without an id, is given one', async () => {
    const world = scene();
    await world.untilDone(KEY);
    const { services, secrets, configs } = world.cluster;
    for (const { labels } of [...services.map(({ spec }) => spec), ...secrets, ...configs])
      delete (labels as Record<string, string>)[LABEL.store];
    world.stateStore.id = undefined;
    world.restart();
    await world.rounds(20);
    expect(world.stateStore.id).to.match(/^[0-9a-f]{16}$/);
    expect(starts(world)).to.have.length(1);
  });

  it('is not acted on when the records of several running jobs are gone at the start of a term', async () => {
    const world = scene();
    world.manifests.put('pi.yaml', manifest('pi'));
    for (const key of [KEY, 'default/pi']) world.agents.programs.set(key, { endless: true });
    await world.until('both', () => world.agents.alive.size === 2);
    world.stateStore.jobs.clear();
    world.restart();
    await world.rounds(600);
    expect(world.agents.alive.size).to.equal(2);
    expect([...refusals(world)]).to.deep.equal(['ZooKeeperEmpty']);
  });
});

describe('two ZooKeepers of one name in one swarm', () => {
  /** A controller on another ZooKeeper, with a folder of its own. */
  const second = (world: Scene) => {
    const { swarm, images, packages, effects, runtime } = world;
    const stateStore = new RunZnodesStore(effects);
    stateStore.id = 'store-2';
    const manifests = new FakeManifests();
    manifests.put('other.yaml', manifest('other'));
    const outputs = new FakeOutputs(effects, () => runtime.now());
    const leadership = new FakeElection(() => runtime.elapsed()).campaign();
    const news: ControllerEvent[] = [];
    const ports = { swarm, images, packages, stateStore, outputs, runtime, manifests, leadership };
    const report = (one: ControllerEvent) => news.push(one);
    return { controller: new Controller({ ports, installation: INSTALLATION, report }), stateStore, news };
  };

  it('do not remove what the other one knows', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { endless: true });
    const other = second(world);
    await world.tick();
    await other.controller.tick();
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    for (let round = 0; round < 400; round += 1) {
      await other.controller.tick();
      await world.tick();
      world.step();
    }
    expect(world.agents.alive.size).to.equal(1);
    expect(other.stateStore.jobs.size).to.equal(1);
  });

  it('are told of to the person who starts the second one', async () => {
    const world = scene();
    world.agents.programs.set(KEY, { endless: true });
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    for (const hasJobs of [false, true]) {
      const other = second(world);
      if (hasJobs) for (const [key, job] of world.stateStore.jobs) other.stateStore.jobs.set(key, job);
      await other.controller.tick();
      const refused = other.news.find(one => one.kind === 'store-refused');
      expect(refused?.reason.reason).to.equal(hasJobs ? 'ZooKeeperChanged' : 'ZooKeeperEmpty');
      expect(refused?.reason.message).to.contain('--zookeeper-root').and.contain('ring-');
      expect(other.stateStore.runs.size).to.equal(0);
    }
  });
});
