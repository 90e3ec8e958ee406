import { expect } from 'chai';
import type { MPIJob } from '../../controller/api/types/mpijob.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { FaultKind } from '../fakes/effects.js';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';

type Placement = Partial<MPIJob['spec']['workers']['placement']>;
type Spec = Parameters<typeof manifest>[1];

function drop(world: Scene, placement: Placement, spec: Spec = {}): void {
  const workers = { replicas: 3, ...spec?.workers, placement };
  world.manifests.put('ring.yaml', manifest('ring', { ...spec, workers }));
}

/** A world in which the program does not end, so that there is something to look at. */
function endless(): Scene {
  const world = new Scene();
  world.agents.programs.set(KEY, { endless: true });
  return world;
}

const running = (world: Scene) =>
  world.until('the job runs', () => world.find(KEY)?.status.phase === 'running');

/** Host names of the nodes that containers of the job run on, a name for each container, sorted. */
function nodesOf(world: Scene, role?: 'launcher' | 'workers'): readonly string[] {
  const { services, tasks, nodes } = world.cluster;
  const ours = services.filter(({ spec: { labels } }) =>
    role ? labels[LABEL.role] === role : labels[LABEL.run] !== undefined,
  );
  return tasks
    .filter(({ service, state }) => state === 'running' && ours.some(({ id }) => id === service))
    .map(({ node }) => nodes.find(({ id }) => id === node)?.hostname ?? '')
    .sort();
}

describe('a job that names nodes', () => {
  it('has its containers on those only', async () => {
    const world = endless();
    drop(world, { nodes: ['n1', 'n3'] });
    await running(world);
    expect(new Set(nodesOf(world))).to.deep.equal(new Set(['n1', 'n3']));
  });

  it('has its containers on its racks only', async () => {
    const world = endless();
    world.cluster.addNode('n4', { rack: 'r1' });
    world.cluster.addNode('n5', { 'mpiswarm.dev/rack': 'r2' });
    drop(world, { racks: ['r1', 'r2'] });
    await running(world);
    expect(new Set(nodesOf(world))).to.deep.equal(new Set(['n4', 'n5']));
  });

  it('waits with a reason while none of them exists, without a container', async () => {
    const world = endless();
    drop(world, { nodes: ['n8', 'n9'] });
    await world.rounds(30);
    const [waiting] = world.job(KEY).status.waitingOn;
    expect(waiting).to.include({
      reason: 'NoUsableNode',
      message: 'no node is ready and active that is called n8 or n9',
    });
    expect(world.remains().filter(name => name.startsWith('service'))).to.deep.equal([]);
    world.cluster.addNode('n9');
    await running(world);
    expect(new Set(nodesOf(world))).to.deep.equal(new Set(['n9']));
  });

  it('is placed again when another node joins before its start, as Swarm might use that node', async () => {
    const world = endless();
    // Nothing runs, as two workers are too much for the only node that is named
    drop(world, { nodes: ['n1'] }, { workers: { maxPerNode: 2 } });
    await world.until('containers', () => nodesOf(world).length === 3);
    world.cluster.addNode('n4');
    await world.rounds(60);
    expect(new Set(nodesOf(world))).to.deep.equal(new Set(['n1']));
    const last = world.cluster.services.filter(({ spec }) => spec.labels[LABEL.run] !== undefined);
    expect(last.map(({ spec }) => spec.nodes?.notNodes)).to.deep.equal([
      ['node-n2', 'node-n3', 'node-n4'],
      ['node-n2', 'node-n3', 'node-n4'],
    ]);
    expect(world.job(KEY).status.runs).to.have.length(1);
  });

  it('is placed again when a node gets the label that it requires', async () => {
    const world = endless();
    world.cluster.addNode('n4', { rack: 'r1' });
    drop(world, { racks: ['r1'] }, { workers: { maxPerNode: 2 } });
    await world.until('containers', () => nodesOf(world).length === 3);
    const n2 = world.cluster.nodes.find(({ hostname }) => hostname === 'n2');
    Object.assign(n2 ?? {}, { labels: { rack: 'r1' } });
    await running(world);
    expect(new Set(nodesOf(world, 'workers'))).to.deep.equal(new Set(['n2', 'n4']));
  });
});

describe('a job whose workers go to one node', () => {
  const AllSameNode = { mapping: 'AllSameNode' } as const;

  for (const mode of ['Dedicated', 'Worker0'] as const) {
    it(`has them all there, launcher ${mode}, and the node is in its record`, async () => {
      const world = endless();
      drop(world, AllSameNode, { workers: { replicas: 4 }, launcher: { mode } });
      await running(world);
      const where = nodesOf(world, mode === 'Worker0' ? undefined : 'workers');
      expect(where).to.have.length(4);
      expect(new Set(where).size).to.equal(1);
      const [run] = world.job(KEY).status.runs;
      expect(run?.nodes?.['workers']).to.equal(`node-${where[0]}`);
    });
  }

  it('goes to a node with fewer containers than others have, where nothing is reserved', async () => {
    const world = endless();
    const names = ['a', 'b', 'c'];
    for (const name of names) {
      world.agents.programs.set(`default/${name}`, { endless: true });
      const workers = { replicas: 2, placement: AllSameNode };
      world.manifests.put(`${name}.yaml`, manifest(name, { workers, launcher: { mode: 'Worker0' } }));
      await world.until(`${name} runs`, () => world.find(`default/${name}`)?.status.phase === 'running');
    }
    const chosen = names.map(name => world.job(`default/${name}`).status.runs[0]?.nodes?.['workers']);
    expect(new Set(chosen).size).to.equal(3);
  });

  it('goes to a node with room for all of it, and waits while there is no such node', async () => {
    const world = endless();
    const workers = { replicas: 3, resources: { requests: { cpu: '2' } } };
    drop(world, AllSameNode, { workers });
    await world.rounds(30);
    const { status } = world.job(KEY);
    expect(status).to.include({ phase: 'pending', reason: 'Unschedulable' });
    expect(status.message).to.equal(
      'needs 3 workers of 2 CPU on one node: even when they are empty, the nodes have room for 2 of the workers, on n1',
    );
    expect(status.runs).to.deep.equal([]);
    world.cluster.addNode('n4', {}, { nanoCpus: 8e9, memoryBytes: 2 ** 33 });
    await running(world);
    expect(new Set(nodesOf(world, 'workers'))).to.deep.equal(new Set(['n4']));
  });

  it('goes to another node, in the same run, when the chosen one is lost before the start', async () => {
    const world = endless();
    drop(world, AllSameNode);
    await world.until('containers', () => nodesOf(world, 'workers').length === 3);
    const [lost = ''] = nodesOf(world, 'workers');
    world.cluster.nodeDown(lost);
    await running(world);
    const { status } = world.job(KEY);
    expect(status.runs).to.have.length(1);
    expect(status.runs[0]?.nodes?.['workers']).to.not.equal(`node-${lost}`);
    expect(status.events.filter(({ reason }) => reason === 'NodeLost')).to.have.length(1);
    expect(world.agents.ledger).to.have.length(1);
  });

  for (const kind of ['crash-before', 'crash-after', 'refused', 'reply-lost'] satisfies FaultKind[]) {
    it(`is on one node whichever effect of the controller fails: ${kind}`, async () => {
      const play = async (at: number) => {
        const world = new Scene();
        drop(world, AllSameNode);
        world.effects.inject(at, kind);
        await world.untilDone(KEY);
        return world;
      };
      const count = (await play(0)).effects.log.length;
      expect(count).to.be.greaterThan(15);
      for (let at = 1; at <= count; at += 1) {
        const { status } = (await play(at)).job(KEY);
        expect(status.outcome, `effect ${at}`).to.equal('Succeeded');
        const nodes = new Set(status.runs[0]?.placement?.map(([, node]) => node));
        expect([...nodes], `effect ${at}`).to.have.length(1);
      }
    });
  }
});

describe('a job whose workers go to separate nodes', () => {
  const AllSeparateNodes = { mapping: 'AllSeparateNodes' } as const;

  for (const mode of ['Dedicated', 'Worker0'] as const) {
    it(`has one on each, launcher ${mode}`, async () => {
      const world = endless();
      drop(world, AllSeparateNodes, { launcher: { mode } });
      await running(world);
      const where = nodesOf(world, mode === 'Worker0' ? undefined : 'workers');
      expect(where).to.deep.equal(['n1', 'n2', 'n3']);
    });
  }

  it('waits while there are too few, and starts when there are enough', async () => {
    const world = endless();
    drop(world, AllSeparateNodes, { workers: { replicas: 4 }, launcher: { mode: 'Worker0' } });
    await world.rounds(30);
    const { status } = world.job(KEY);
    expect(status).to.include({ phase: 'pending', reason: 'Unschedulable' });
    expect(status.message).to.equal(
      'needs 4 workers on separate nodes: even when they are empty, the nodes have room for ' +
        'the workers or the launcher, not for both',
    );
    world.cluster.addNode('n4');
    await running(world);
    expect(nodesOf(world)).to.deep.equal(['n1', 'n2', 'n3', 'n4']);
  });

  it('is not held up by jobs that wait for cpu, as it asks for none', async () => {
    const world = endless();
    world.agents.programs.set('default/large', { endless: true });
    const workers = { replicas: 3, resources: { requests: { cpu: '4' } } };
    world.manifests.put('large.yaml', manifest('large', { workers }));
    await world.until('large runs', () => world.find('default/large')?.status.phase === 'running');
    world.manifests.put('next.yaml', manifest('next', { workers }));
    await world.rounds(5);
    drop(world, AllSeparateNodes);
    await running(world);
    expect(world.job('default/next').status.reason).to.equal('InsufficientResources');
  });
});
