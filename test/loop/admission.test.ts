import { expect } from 'chai';
import { foreignSpec } from '../fakes/foreign.js';
import { manifest, Scene } from './scene.js';

/** Nodes of the fake cluster have 4 CPU each, and there are three. */
const workers = (replicas: number, cpu: string) => ({ replicas, resources: { requests: { cpu } } });

const reasonOf = (world: Scene, name: string) => world.find(`default/${name}`)?.status.reason;

function drop(world: Scene, name: string, spec: Parameters<typeof manifest>[1]): void {
  world.manifests.put(`${name}.yaml`, manifest(name, spec));
}

/** Something of somebody else on every node. */
const foreign = (requestNanoCpus: number) => foreignSpec('database', { requestNanoCpus }, 3);

describe('a job for which there is no room', () => {
  it('waits in pending without creating anything, says what is missing, and starts when others have left', async () => {
    const world = new Scene();
    world.cluster.createService(foreign(3e9));
    world.cluster.settle();
    drop(world, 'ring', { workers: workers(4, '1') });
    await world.rounds(30);
    const { status } = world.job('default/ring');
    expect(status).to.include({ phase: 'pending', reason: 'InsufficientResources' });
    expect(status.message).to.equal(
      'needs 4 workers of 1 CPU: there is room for 3 of the workers, on n1, n2 and n3',
    );
    expect(status.runs).to.deep.equal([]);
    expect(status.events.filter(({ reason }) => reason === 'InsufficientResources')).to.have.length(1);
    expect(world.remains()).to.deep.equal([]);
    world.cluster.removeService(world.cluster.services[0]?.id ?? '');
    await world.untilDone('default/ring');
    expect(world.job('default/ring').status).to.include({ outcome: 'Succeeded' });
    expect(world.job('default/ring').status.runs).to.have.length(1);
  });

  it('is written once, and then not at all while it waits', async () => {
    const world = new Scene();
    world.cluster.createService(foreign(3e9));
    world.cluster.settle();
    for (const name of ['a', 'b', 'c']) drop(world, name, { workers: workers(4, '1') });
    await world.rounds(3);
    const before = world.effects.log.length;
    await world.rounds(50);
    expect(world.effects.log.slice(before)).to.deep.equal([]);
    expect(['a', 'b', 'c'].map(name => reasonOf(world, name)).sort()).to.deep.equal([
      'InsufficientResources',
      'Queued',
      'Queued',
    ]);
  });
});

describe('jobs that wait for the same room', () => {
  it('run one after the other by priority, and none is started that cannot run as a whole', async () => {
    const world = new Scene();
    world.agents.programs.set('default/first', { endless: true });
    drop(world, 'first', { workers: workers(3, '4') });
    await world.until('first runs', () => world.find('default/first')?.status.phase === 'running');
    drop(world, 'low', { workers: workers(3, '4') });
    await world.rounds(5);
    drop(world, 'high', { workers: workers(3, '4'), runPolicy: { priority: 10 } });
    await world.rounds(5);
    expect(reasonOf(world, 'high')).to.equal('InsufficientResources');
    expect(reasonOf(world, 'low')).to.equal('Queued');
    world.agents.programs.set('default/first', {});
    await world.untilDone('default/first', 'default/high', 'default/low');
    expect(world.agents.ledger.map(({ job }) => job)).to.deep.equal([
      'default/first',
      'default/high',
      'default/low',
    ]);
    const unplaced = world
      .job('default/high')
      .status.events.filter(({ reason }) => reason === 'Unschedulable');
    expect(unplaced, 'Swarm had room when it was asked').to.deep.equal([]);
  });

  it('dropped at once are not both started on the room of one', async () => {
    const world = new Scene();
    for (const name of ['a', 'b']) {
      world.agents.programs.set(`default/${name}`, { endless: true });
      drop(world, name, { workers: workers(2, '3') });
    }
    await world.until('one runs', () => world.agents.ledger.length > 0);
    await world.rounds(50);
    expect(world.agents.ledger.map(({ job }) => job)).to.deep.equal(['default/a']);
    expect(reasonOf(world, 'b')).to.equal('InsufficientResources');
    world.restart();
    await world.rounds(20);
    expect(world.agents.ledger, 'nor by the next controller').to.have.length(1);
  });

  it('do not delay a job that requests nothing', async () => {
    const world = new Scene();
    world.cluster.createService(foreign(4e9));
    world.cluster.settle();
    drop(world, 'big', { workers: workers(2, '1') });
    drop(world, 'free', {});
    await world.untilDone('default/free');
    expect(world.job('default/free').status.outcome).to.equal('Succeeded');
    expect(reasonOf(world, 'big')).to.equal('InsufficientResources');
  });
});

describe('a job that waits for its turn', () => {
  it('is cancelled, suspended and removed as any other, without ever having run', async () => {
    const world = new Scene();
    world.cluster.createService(foreign(4e9));
    world.cluster.settle();
    const big = { workers: workers(2, '1') };
    for (const name of ['a', 'b', 'c']) drop(world, name, big);
    await world.rounds(5);
    drop(world, 'a', { ...big, runPolicy: { cancel: true } });
    drop(world, 'b', { ...big, runPolicy: { suspend: true } });
    world.manifests.remove('c.yaml');
    await world.rounds(60);
    expect(world.job('default/a').status).to.include({ phase: 'done', outcome: 'Cancelled' });
    expect(reasonOf(world, 'b')).to.equal('Suspended');
    expect(world.find('default/c')).to.equal(undefined);
    expect(world.remains()).to.deep.equal([]);
  });

  it('has no deadline running: it counts from its admission', async () => {
    const world = new Scene();
    world.cluster.createService(foreign(4e9));
    world.cluster.settle();
    const runPolicy = { startDeadlineSeconds: 5, activeDeadlineSeconds: 60 };
    drop(world, 'ring', { workers: workers(2, '1'), runPolicy });
    await world.rounds(1);
    world.runtime.advance(600_000);
    await world.rounds(5);
    expect(reasonOf(world, 'ring')).to.equal('InsufficientResources');
    world.cluster.removeService(world.cluster.services[0]?.id ?? '');
    await world.untilDone('default/ring');
    expect(world.job('default/ring').status.outcome).to.equal('Succeeded');
  });
});
