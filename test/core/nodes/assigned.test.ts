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

describe('where Swarm may put the containers of a service', () => {
  it('is anywhere but on the nodes that do not suit the job', () => {
    const choice = nodeChoice(placed({ nodes: ['n2'] }), WORKERS, { nodes: NODES });
    expect(choice).to.deep.equal({ notNodes: ['id-n1', 'id-n3'] });
    expect(choiceConstraints(choice)).to.deep.equal(['node.id!=id-n1', 'node.id!=id-n3']);
    expect(nodeChoice(placed({}), WORKERS, { nodes: NODES })).to.deep.equal({});
  });

  it('is the node that was chosen for it', () => {
    const of = placed({ mapping: 'AllSameNode', nodes: ['n1', 'n2'] });
    const about = { nodes: NODES, chosen: { workers: 'id-n2' } };
    expect(choiceConstraints(nodeChoice(of, WORKERS, about))).to.deep.equal(['node.id==id-n2']);
    expect(nodeChoice(of, LAUNCHER, about)).to.deep.equal({ notNodes: ['id-n3'] });
  });

  it('is apart from the launcher where that is one of the workers that are to be on separate nodes', () => {
    const of = placed({ mapping: 'AllSeparateNodes' }, { launcher: { mode: 'Worker0' } });
    const about = { nodes: NODES, chosen: { launcher: 'id-n1' } };
    expect(nodeChoice(of, LAUNCHER, about)).to.deep.equal({ node: 'id-n1' });
    expect(nodeChoice(of, WORKERS, about)).to.deep.equal({ notNodes: ['id-n1'] });
  });
});

describe('a service that is there', () => {
  const of = placed({ constraints: ['node.id!=id-n3', 'node.role==worker'] });
  const other = (
    constraints: readonly string[],
    wanted: Parameters<typeof isOtherChoice>[1],
    nodes = NODES,
  ) => isOtherChoice(constraints, wanted, { own, nodes });
  const own = of.spec.workers.placement.constraints;

  it('is as it should be with the constraints of the manifest and the nodes that are wanted', () => {
    expect(other(own, {})).to.equal(false);
    expect(other([...own, 'node.id!=id-n1'], { notNodes: ['id-n1'] })).to.equal(false);
    expect(other([...own, 'node.id==id-n1'], { node: 'id-n1' })).to.equal(false);
  });

  it('is as it should be when what is wanted is in the manifest already', () => {
    expect(other(own, { notNodes: ['id-n3'] })).to.equal(false);
    expect(other([...own, 'node.id!=id-n3', 'node.id!=id-n1'], { notNodes: ['id-n1', 'id-n3'] })).to.equal(
      false,
    );
    const bound = ['node.id==id-n2'];
    expect(isOtherChoice(bound, { node: 'id-n2' }, { own: bound, nodes: NODES })).to.equal(false);
    expect(isOtherChoice(bound, { node: 'id-n1' }, { own: bound, nodes: NODES })).to.equal(true);
  });

  it('is not when a node has to be ruled out, when one need not be any more, and when another was chosen', () => {
    expect(other(own, { notNodes: ['id-n1'] })).to.equal(true);
    expect(other([...own, 'node.id!=id-n1'], {})).to.equal(true);
    expect(other([...own, 'node.id==id-n1'], { node: 'id-n2' })).to.equal(true);
  });

  it('does not mind that a node has left the swarm', () => {
    expect(other([...own, 'node.id!=id-n1'], {}, NODES.slice(1))).to.equal(false);
  });
});

describe('a run whose node was chosen', () => {
  it('has lost it when it takes no containers any more, or is not there', () => {
    expect(isStranded({ workers: 'id-n1' }, NODES)).to.equal(false);
    expect(isStranded({ workers: 'id-n1' }, [node('n1', false)])).to.equal(true);
    expect(isStranded({ launcher: 'id-n9' }, NODES)).to.equal(true);
    expect(isStranded(undefined, NODES)).to.equal(false);
  });
});
