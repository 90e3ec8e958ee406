import { expect } from 'chai';
import { runDirectory } from '../../../controller/core/desired/run-directory.js';
import type { Labels, NodeView } from '../../../controller/core/model/world.js';

function node(id: string, labels: Labels = {}, address = '192.168.90.11'): NodeView {
  return { id, hostname: id, role: 'worker', usable: true, reachable: true, address, labels };
}

const of = (...nodes: readonly NodeView[]) =>
  runDirectory(nodes, 'zk1:2181,zk2:2181', '/mpiswarm/runs/ring-1');

describe('the directory of the nodes and the job master of a run', () => {
  it('lists nodes by id, whatever order Swarm gives them in', () => {
    const [a, b] = [node('a'), node('b', {}, '192.168.90.12')];
    expect(JSON.stringify(of(b, a))).to.equal(JSON.stringify(of(a, b)));
    expect(of(b, a).nodes).to.deep.equal({
      a: { address: '192.168.90.11' },
      b: { address: '192.168.90.12' },
    });
  });

  it('has rack and data centre of the nodes’ labels, the qualified ones first', () => {
    const { nodes } = of(
      node('a', { rack: 'r1', datacenter: 'east' }),
      node('b', { 'mpiswarm.dev/rack': 'r2', rack: 'other', 'mpiswarm.dev/datacenter': 'west' }),
      node('c', { rack: '' }),
    );
    expect(nodes['a']).to.include({ rack: 'r1', dataCenter: 'east' });
    expect(nodes['b']).to.include({ rack: 'r2', dataCenter: 'west' });
    expect(nodes['c']).to.have.all.keys('address');
  });

  it('has no address for a node if Swarm reports none', () => {
    expect(of(node('a', {}, ''), node('b', {}, '0.0.0.0')).nodes).to.deep.equal({ a: {}, b: {} });
  });

  it('names the run’s znode as the job master', () => {
    expect(of().jobMaster).to.equal('zk1:2181,zk2:2181/mpiswarm/runs/ring-1');
  });
});
