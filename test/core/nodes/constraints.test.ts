import { expect } from 'chai';
import type { NodeView } from '../../../controller/core/model/world.js';
import { meets } from '../../../controller/core/nodes/constraints.js';

const NODE: NodeView = {
  id: 'abc',
  hostname: 'n1',
  role: 'worker',
  usable: true,
  reachable: true,
  address: '10.1.0.1',
  labels: { rack: 'R1' },
};

const TABLE: readonly (readonly [string, boolean])[] = [
  ['node.role==worker', true],
  ['node.role == manager', false],
  ['node.role!=manager', true],
  ['node.hostname==N1', true],
  ['node.id!=abc', false],
  ['node.ip==10.1.0.1', true],
  ['node.labels.rack==r1', true],
  ['node.labels.rack!=r1', false],
  ['node.labels.gpu==yes', false],
  ['node.labels.gpu!=yes', true],
  ['engine.labels.os==debian', true],
  ['node.platform.arch==arm64', true],
];

describe('a placement constraint', () => {
  for (const [constraint, expected] of TABLE) {
    it(`${constraint} ${expected ? 'lets the node in' : 'keeps the node out'}`, () => {
      expect(meets(NODE, [constraint])).to.equal(expected);
    });
  }

  it('must hold along with all others', () => {
    expect(meets(NODE, [])).to.equal(true);
    expect(meets(NODE, ['node.role==worker', 'node.hostname==n2'])).to.equal(false);
  });
});
