import { expect } from 'chai';
import type { NodeView } from '../../../controller/core/model/world.js';
import {
  choiceConstraints,
  isOtherChoice,
  isStranded,
  nodeChoice,
} from '../../../controller/core/nodes/assigned.js';
import { job } from '../build.js';

function node(hostname: string, usable = true): NodeView {
  const base = { role: 'worker', reachable: true, address: '', labels: {} } as const;
  return { ...base, id: `id-${hostname}`, hostname, usable };
}

const NODES = [node('n1'), node('n2'), node('n3')];
const WORKERS = { role: 'workers', first: 0 } as const;
const LAUNCHER = { role: 'launcher', first: 0 } as const;

const placed = (placement: object, more: Parameters<typeof job>[0] = {}) =>
  job({ ...more, workers: { replicas: 3, placement } });

describe('the placement of a service', () => {
  it('allows all nodes except unsuitable ones', () => {
    const choice = nodeChoice(placed({ nodes: ['n2'] }), WORKERS, { nodes: NODES });
    expect(choice).to.deep.equal({ notNodes: ['id-n1', 'id-n3'] });
    expect(choiceConstraints(choice)).to.deep.equal(['node.id!=id-n1', 'node.id!=id-n3']);
    expect(nodeChoice(placed({}), WORKERS, { nodes: NODES })).to.deep.equal({});
  });

  it('allows only the assigned node', () => {
    const of = placed({ mapping: 'AllSameNode', nodes: ['n1', 'n2'] });
    const about = { nodes: NODES, chosen: { workers: 'id-n2' } };
    expect(choiceConstraints(nodeChoice(of, WORKERS, about))).to.deep.equal(['node.id==id-n2']);
    expect(nodeChoice(of, LAUNCHER, about)).to.deep.equal({ notNodes: ['id-n3'] });
  });

  it('excludes the launcher’s node if the launcher is a worker and workers go to separate nodes', () => {
    const of = placed({ mapping: 'AllSeparateNodes' }, { launcher: { mode: 'Worker0' } });
    const about = { nodes: NODES, chosen: { launcher: 'id-n1' } };
    expect(nodeChoice(of, LAUNCHER, about)).to.deep.equal({ node: 'id-n1' });
    expect(nodeChoice(of, WORKERS, about)).to.deep.equal({ notNodes: ['id-n1'] });
  });
});

describe('an existing service', () => {
  const of = placed({ constraints: ['node.id!=id-n3', 'node.role==worker'] });
  const other = (
    constraints: readonly string[],
    wanted: Parameters<typeof isOtherChoice>[1],
    nodes = NODES,
  ) => isOtherChoice(constraints, wanted, { own, nodes });
  const own = of.spec.workers.placement.constraints;

  it('is right with the constraints of the manifest and the wanted nodes', () => {
    expect(other(own, {})).to.equal(false);
    expect(other([...own, 'node.id!=id-n1'], { notNodes: ['id-n1'] })).to.equal(false);
    expect(other([...own, 'node.id==id-n1'], { node: 'id-n1' })).to.equal(false);
  });

  it('is right when the manifest already has the wanted constraints', () => {
    expect(other(own, { notNodes: ['id-n3'] })).to.equal(false);
    expect(other([...own, 'node.id!=id-n3', 'node.id!=id-n1'], { notNodes: ['id-n1', 'id-n3'] })).to.equal(
      false,
    );
    const bound = ['node.id==id-n2'];
    expect(isOtherChoice(bound, { node: 'id-n2' }, { own: bound, nodes: NODES })).to.equal(false);
    expect(isOtherChoice(bound, { node: 'id-n1' }, { own: bound, nodes: NODES })).to.equal(true);
  });

  it('is wrong when a node must be excluded, when an excluded one is allowed again, and when another was assigned', () => {
    expect(other(own, { notNodes: ['id-n1'] })).to.equal(true);
    expect(other([...own, 'node.id!=id-n1'], {})).to.equal(true);
    expect(other([...own, 'node.id==id-n1'], { node: 'id-n2' })).to.equal(true);
  });

  it('does not mind that a node has left the swarm', () => {
    expect(other([...own, 'node.id!=id-n1'], {}, NODES.slice(1))).to.equal(false);
  });
});

describe('a run with an assigned node', () => {
  it('has lost the node when it is drained or gone', () => {
    expect(isStranded({ workers: 'id-n1' }, NODES)).to.equal(false);
    expect(isStranded({ workers: 'id-n1' }, [node('n1', false)])).to.equal(true);
    expect(isStranded({ launcher: 'id-n9' }, NODES)).to.equal(true);
    expect(isStranded(undefined, NODES)).to.equal(false);
  });
});
