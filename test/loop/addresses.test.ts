import { expect } from 'chai';
import { inUse } from '../fakes/addresses.js';
import { foreignSpec } from '../fakes/foreign.js';
import { manifest, Scene } from './scene.js';

/** 13 addresses: three are the nodes', one is our ZooKeeper's. */
const NARROW = { name: 'narrow', subnet: '10.9.0.0/28' };

function drop(world: Scene, name: string, replicas: number): void {
  world.agents.programs.set(`default/${name}`, { exitCode: 0, lastsMs: 20_000 });
  world.manifests.put(`${name}.yaml`, manifest(name, { network: NARROW, workers: { replicas } }));
}

const statusOf = (world: Scene, name: string) => world.job(`default/${name}`).status;

describe('jobs on a network that has no address for all of them', () => {
  it('run one after the other, instead of waiting for each other with half of it each', async () => {
    const world = new Scene();
    // Each fits alone; that both began would leave each of them short of one
    drop(world, 'a', 4);
    drop(world, 'b', 4);
    await world.until('one runs', () =>
      ['a', 'b'].some(name => world.find(`default/${name}`)?.status.phase === 'running'),
    );
    const waiting = ['a', 'b'].find(name => statusOf(world, name).phase === 'pending') ?? '';
    expect(statusOf(world, waiting)).to.include({ reason: 'AddressesExhausted' });
    expect(statusOf(world, waiting).message).to.match(
      /^needs 5 addresses of network narrow, and \d of 9 are free: wait for other jobs on it/,
    );
    expect(statusOf(world, waiting).runs).to.deep.equal([]);
    for (const name of ['a', 'b']) {
      await world.untilDone(`default/${name}`);
      expect(statusOf(world, name)).to.include({ outcome: 'Succeeded' });
      expect(statusOf(world, name).runs).to.have.length(1);
    }
  });

  it('are all admitted at once where there are enough', async () => {
    const world = new Scene();
    drop(world, 'a', 4);
    drop(world, 'b', 3);
    await world.until('both run', () =>
      ['a', 'b'].every(name => world.find(`default/${name}`)?.status.phase === 'running'),
    );
    const [network] = world.cluster.networks;
    expect(network && inUse(network, world.cluster)).to.equal(13);
  });

  it('say that they never fit, and hold up no other', async () => {
    const world = new Scene();
    // One address short: the manifest cannot know of three nodes and of ZooKeeper
    drop(world, 'large', 9);
    drop(world, 'small', 2);
    await world.untilDone('default/small');
    expect(statusOf(world, 'large')).to.include({ phase: 'pending', reason: 'AddressesExhausted' });
    expect(statusOf(world, 'large').message).to.contain('which has 9 for containers even when it is empty');
  });

  it('wait for addresses that containers of others have, and start when those are gone', async () => {
    const world = new Scene();
    drop(world, 'first', 2);
    await world.untilDone('default/first');
    world.cluster.createService({ ...foreignSpec('database', {}, 5), networks: ['narrow'], maxPerNode: 5 });
    world.cluster.settle();
    drop(world, 'a', 4);
    await world.rounds(30);
    expect(statusOf(world, 'a')).to.include({ phase: 'pending', reason: 'AddressesExhausted' });
    const theirs = world.cluster.services.find(({ spec }) => spec.name === 'database');
    world.cluster.removeService(theirs?.id ?? '');
    await world.untilDone('default/a');
    expect(statusOf(world, 'a')).to.include({ outcome: 'Succeeded' });
  });
});
