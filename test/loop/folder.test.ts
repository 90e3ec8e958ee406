import { expect } from 'chai';
import { PortError } from '../../controller/ports/errors.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

async function two(): Promise<Scene> {
  const world = new Scene();
  world.agents.programs.set(KEY, { endless: true });
  world.agents.programs.set('default/pi', { endless: true });
  world.manifests.put('ring.yaml', manifest('ring'));
  world.manifests.put('pi.yaml', manifest('pi'));
  await world.until('both run', () => world.agents.ledger.length === 2);
  await world.rounds(2);
  return world;
}

describe('a manifest that is removed', () => {
  it('stops its job and removes all its parts, and nothing of another job', async () => {
    const world = await two();
    const other = world.remains().filter(name => name.includes('pi-'));
    world.manifests.remove('ring.yaml');
    await world.until('removed', () => !world.stateStore.jobs.has(KEY));
    await world.rounds(5);
    expect(world.remains()).to.deep.equal(other);
    expect(world.job('default/pi').status.phase).to.equal('running');
    expect(world.cluster.networks).to.have.length(1);
  });

  it('removes the output of its runs too', async () => {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    expect(world.outputs.runs.size).to.equal(1);
    world.manifests.remove('ring.yaml');
    await world.until('removed', () => !world.stateStore.jobs.has(KEY));
    expect(world.outputs.runs.size).to.equal(0);
    expect(world.remains()).to.deep.equal([]);
  });

  it('does not count as removed when it comes back within a moment, as with an editor that rewrites files', async () => {
    const world = await two();
    world.manifests.remove('ring.yaml');
    await world.rounds(10);
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.rounds(40);
    expect(world.agents.ledger).to.have.length(2);
    expect(world.job(KEY).status.phase).to.equal('running');
  });

  it('starts a new run when it comes back while its removal is under way', async () => {
    const world = await two();
    world.manifests.remove('ring.yaml');
    await world.until('stopped', () => world.job(KEY).status.runs.at(-1)?.reason === 'ManifestRemoved');
    world.agents.programs.set(KEY, {});
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });

  it('is a new job when it comes back later', async () => {
    const world = await two();
    const { uid } = world.job(KEY);
    world.manifests.remove('ring.yaml');
    await world.until('removed', () => !world.stateStore.jobs.has(KEY));
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.until('it runs again', () => world.agents.ledger.length === 3);
    expect(world.job(KEY).uid).to.not.equal(uid);
  });

  it('stays removed when the folder empties in the meantime', async () => {
    const world = await two();
    world.manifests.remove('ring.yaml');
    await world.until('stopped', () => world.job(KEY).status.runs.at(-1)?.reason === 'ManifestRemoved');
    world.manifests.remove('pi.yaml');
    await world.until('removed', () => !world.stateStore.jobs.has(KEY), 50);
    expect(world.job('default/pi').status.phase).to.equal('running');
  });
});

describe('a folder that cannot be trusted', () => {
  it('removes nothing when it cannot be read, and says so', async () => {
    const world = await two();
    world.manifests.error = 'manifests: permission denied';
    await world.rounds(1_000);
    const { status } = world.job(KEY);
    expect(status.phase).to.equal('running');
    const valid = status.conditions.find(condition => condition.type === 'ManifestValid');
    expect(valid).to.deep.include({ status: 'False', message: 'manifests: permission denied' });
  });

  it('keeps a job whose manifest breaks, with its last good text, and says where it is broken', async () => {
    const world = await two();
    world.manifests.put('ring.yaml', manifest('ring', { workers: { replicas: 0 } }));
    await world.rounds(100);
    const { status, manifest: kept } = world.job(KEY);
    expect(status.phase).to.equal('running');
    expect(kept.spec.workers.replicas).to.equal(2);
    const valid = status.conditions.find(condition => condition.type === 'ManifestValid');
    expect(valid?.status).to.equal('False');
    expect(valid?.message).to.match(/^ring\.yaml:1:\d+: .*replicas/);
  });

  it('repeats nothing about a broken manifest while it is read again, as at the start of a controller', async () => {
    const world = await two();
    world.manifests.put('ring.yaml', manifest('ring', { workers: { replicas: 0 } }));
    await world.rounds(2);
    const before = world.job(KEY).status;
    const read = world.manifests.read.bind(world.manifests);
    world.manifests.read = async () => ({
      ...(await read()),
      jobs: [],
      problems: [],
      unsettledFiles: ['ring.yaml'],
    });
    world.restart();
    await world.rounds(2);
    world.manifests.read = read;
    await world.rounds(2);
    expect(world.job(KEY).status).to.deep.equal(before);
  });

  it('keeps a job whose file becomes garbage or cannot be read', async () => {
    const world = await two();
    world.manifests.put('ring.yaml', 'kind: [MPIJob');
    await world.rounds(100);
    expect(world.job(KEY).status.phase).to.equal('running');
    world.manifests.lock('ring.yaml');
    await world.rounds(100);
    expect(world.job(KEY).status.phase).to.equal('running');
    world.manifests.put('ring.yaml', manifest('ring'));
    await world.rounds(5);
    const valid = world.job(KEY).status.conditions.find(condition => condition.type === 'ManifestValid');
    expect(valid?.status).to.equal('True');
    expect(world.agents.ledger).to.have.length(2);
  });
});

describe('a world that cannot be read', () => {
  for (const part of ['swarm', 'stateStore'] as const) {
    it(`plans nothing while ${part === 'swarm' ? 'the engine' : 'ZooKeeper'} does not answer, and goes on after it`, async () => {
      const world = new Scene();
      world.manifests.put('ring.yaml', manifest('ring'));
      await world.until('containers', () => world.cluster.services.length === 3);
      world[part].unreachable = 'connection refused';
      const before = world.effects.log.length;
      await world.rounds(50);
      expect(world.effects.log.slice(before)).to.deep.equal([]);
      expect(world.news.at(-1)).to.deep.equal({ kind: 'world-unreadable', error: 'connection refused' });
      world[part].unreachable = undefined;
      await world.untilDone(KEY);
      expect(world.job(KEY).status.outcome).to.equal('Succeeded');
      expect(world.agents.ledger).to.have.length(1);
    });
  }

  it('reports a failing command, retries it less and less often, and starts over after a success', async () => {
    const world = new Scene();
    world.manifests.put('ring.yaml', manifest('ring'));
    const createNetwork = world.swarm.createNetwork.bind(world.swarm);
    let tries = 0;
    world.swarm.createNetwork = async () => {
      tries += 1;
      throw new PortError('blocked', 'create network mesos-overlay: 403 pool overlaps');
    };
    await world.rounds(300);
    expect(tries).to.be.within(5, 9);
    const { waitingOn } = world.job(KEY).status;
    expect(waitingOn[0]).to.deep.include({
      reason: 'Refused',
      message: 'create network mesos-overlay: 403 pool overlaps',
    });
    world.swarm.createNetwork = createNetwork;
    await world.untilDone(KEY);
    expect(world.job(KEY).status.outcome).to.equal('Succeeded');
  });
});
