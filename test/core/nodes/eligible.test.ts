import { expect } from 'chai';
import type { WorkerPlacement } from '../../../controller/api/types/mpijob.js';
import type { NodeView } from '../../../controller/core/model/world.js';
import { eligibleWords, ineligibleNodes, isEligible } from '../../../controller/core/nodes/eligible.js';

function node(hostname: string, labels: NodeView['labels'] = {}): NodeView {
  const base = { role: 'worker', usable: true, reachable: true, address: '' } as const;
  return { ...base, id: `id-${hostname}`, hostname, labels };
}

const NODES = [
  node('n1', { rack: 'r1' }),
  node('n2', { rack: 'r2' }),
  node('n3', { 'mpiswarm.dev/rack': 'R1', rack: 'r2' }),
  node('n4'),
];

function left(placement: Partial<WorkerPlacement>): readonly string[] {
  const full: WorkerPlacement = {
    ...{ constraints: [], spread: [], nodes: [], racks: [], mapping: 'None' },
    ...placement,
  };
  const ruledOut = ineligibleNodes(NODES, { ...full, constraints: [] });
  const names = NODES.filter(one => isEligible(one, full)).map(({ hostname }) => hostname);
  // What Swarm is told leaves the same nodes as what is looked for here
  if (full.constraints.length === 0)
    expect(NODES.filter(({ id }) => !ruledOut.includes(id)).map(({ hostname }) => hostname)).to.deep.equal(
      names,
    );
  return names;
}

describe('the nodes that suit a job', () => {
  it('are all nodes if it names none', () => {
    expect(left({})).to.deep.equal(['n1', 'n2', 'n3', 'n4']);
  });

  it('are the nodes that it names, in upper or lower case', () => {
    expect(left({ nodes: ['N2', 'n4', 'n9'] })).to.deep.equal(['n2', 'n4']);
    expect(left({ nodes: ['n9'] })).to.deep.equal([]);
  });

  it('are the nodes on its racks; the qualified label counts before the short one', () => {
    expect(left({ racks: ['r1'] })).to.deep.equal(['n1', 'n3']);
    expect(left({ racks: ['r1', 'r2'] })).to.deep.equal(['n1', 'n2', 'n3']);
  });

  it('must meet all of its conditions', () => {
    expect(left({ nodes: ['n1', 'n2'], racks: ['r1'] })).to.deep.equal(['n1']);
    expect(left({ nodes: ['n1', 'n2'], constraints: ['node.hostname!=n1'] })).to.deep.equal(['n2']);
  });

  it('are described in words', () => {
    const placement = { constraints: ['node.role==worker'], spread: [], mapping: 'None' } as const;
    expect(eligibleWords({ ...placement, nodes: ['n1', 'n2'], racks: ['r1'] })).to.equal(
      'meets node.role==worker and is called n1 or n2 and has rack r1',
    );
    expect(eligibleWords({ ...placement, constraints: [], nodes: [], racks: [] })).to.equal('');
  });
});
