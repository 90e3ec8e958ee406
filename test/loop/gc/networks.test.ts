import { expect } from 'chai';
import { LABEL } from '../../../controller/core/model/names.js';
import { foreignSpec } from '../../fakes/foreign.js';
import { INSTALLATION, manifest, Scene } from '../scene.js';

const KEY = 'default/ring';
const RING = manifest('ring', { network: { name: 'ring-net' } });

/** A job that keeps the folder from being emptied at one stroke. */
const IDLE = manifest('idle', { runPolicy: { suspend: true } });

const names = (world: Scene): readonly string[] => world.cluster.networks.map(({ name }) => name).sort();

/** Ticks and lets so much time pass; the last tick is at its end. */
async function pass(world: Scene, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await world.tick();
    world.runtime.advance(Math.min(left, 1_000));
  }
  await world.tick();
}

/** A world in which the job has run on a network of its own, and another one waits. */
async function withJob(): Promise<Scene> {
  const world = new Scene();
  world.manifests.put('idle.yaml', IDLE);
  world.manifests.put('ring.yaml', RING);
  await world.untilDone(KEY);
  return world;
}

/** Removes the manifest, and ticks until nothing is stored of the job. */
async function forget(world: Scene): Promise<void> {
  world.manifests.remove('ring.yaml');
  for (let looks = 0; looks < 20 && world.find(KEY); looks += 1) {
    await world.tick();
    world.runtime.advance(500);
  }
  expect(world.find(KEY)).to.equal(undefined);
}

describe('the private network of a removed job', () => {
  it('is removed ten seconds after the job is gone, after the embedded ZooKeeper is disconnected', async () => {
    const world = await withJob();
    await pass(world, 30_000);
    expect(names(world), 'a finished job names it').to.deep.equal(['ring-net']);
    await forget(world);
    world.cluster.settle();
    expect(world.cluster.zooKeeperNetworks).to.deep.equal(['ring-net']);
    await world.tick();
    await pass(world, 9_000);
    expect(names(world)).to.deep.equal(['ring-net']);
    await pass(world, 1_500);
    expect(names(world)).to.deep.equal([]);
    expect(world.cluster.zooKeeperNetworks).to.deep.equal([]);
    expect(world.news).to.deep.include({ kind: 'network-removed', name: 'ring-net' });
  });

  it('is kept until the last of its containers has ended', async () => {
    const world = new Scene();
    world.agents.programs.set(KEY, { endless: true });
    world.manifests.put('idle.yaml', IDLE);
    world.manifests.put('ring.yaml', RING);
    await world.until('running', () => world.find(KEY)?.status.phase === 'running');
    world.cluster.stopSteps = 1_000;
    for (const { id, spec } of [...world.cluster.services])
      if (spec.labels[LABEL.run] !== undefined) world.cluster.removeService(id);
    world.stateStore.jobs.clear();
    world.stateStore.runs.clear();
    world.manifests.remove('ring.yaml');
    await pass(world, 60_000);
    expect(names(world), 'containers of a removed service run').to.deep.equal(['ring-net']);
    expect(world.effects.log.join('\n'), 'nor was it tried').to.not.include('remove network');
    for (const task of world.cluster.tasks) task.state = 'shutdown';
    await pass(world, 11_000);
    expect(names(world)).to.deep.equal([]);
  });

  it('is kept while any service is on it, and tried again later', async () => {
    const world = await withJob();
    world.cluster.createService({ ...foreignSpec('database', {}), networks: ['ring-net'] });
    await forget(world);
    await pass(world, 35_000);
    expect(names(world)).to.deep.equal(['ring-net']);
    const tries = world.news.filter(one => one.kind === 'command-failed' && one.key === 'network ring-net');
    expect(tries).to.have.length.within(2, 4);
    expect(tries[0]).to.have.nested.property('trouble.message').that.includes('in use by service database');
    world.cluster.removeService(
      world.cluster.services.find(({ spec }) => spec.name === 'database')?.id ?? '',
    );
    world.cluster.settle();
    await pass(world, 11_000);
    expect(names(world)).to.deep.equal([]);
  });

  it('is kept if another job names it in a fresh read of the records', async () => {
    const world = await withJob();
    world.manifests.put(
      'idle.yaml',
      manifest('idle', { network: { name: 'ring-net' }, runPolicy: { suspend: true } }),
    );
    await world.tick();
    await forget(world);
    const { observe } = world.stateStore;
    world.stateStore.observe = async runs => {
      const seen = await observe.call(world.stateStore, runs);
      return seen.ok ? { ok: true, value: { ...seen.value, jobs: new Map() } } : seen;
    };
    await pass(world, 30_000);
    expect(names(world)).to.deep.equal(['ring-net']);
  });

  it('is kept if it is foreign, of another installation, or the default network', async () => {
    const world = await withJob();
    await forget(world);
    const network = (name: string, labels: Readonly<Record<string, string>>) =>
      world.cluster.createNetwork({ name, encrypted: false, labels });
    network('web', {});
    network('web-2', { [LABEL.installation]: INSTALLATION.id });
    network('theirs', { [LABEL.part]: 'network', [LABEL.installation]: 'zk1:2181/mpiswarm' });
    network('unsaid', { [LABEL.part]: 'network' });
    network('mesos-overlay', { [LABEL.part]: 'network', [LABEL.installation]: INSTALLATION.id });
    await pass(world, 30_000);
    expect(names(world)).to.deep.equal(['mesos-overlay', 'theirs', 'unsaid', 'web', 'web-2']);
  });
});
