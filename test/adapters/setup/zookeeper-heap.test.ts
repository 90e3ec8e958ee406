import { expect } from 'chai';
import { heapOf, heapVariable, usualHeap } from '../../../controller/adapters/setup/zookeeper-heap.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe('the heap of the embedded ZooKeeper', () => {
  for (const [machine, heap] of [
    [512 * MIB, 256 * MIB],
    [1 * GIB, 512 * MIB],
    [2 * GIB, 1 * GIB],
    [3 * GIB, 1 * GIB],
    [24 * GIB, 6 * GIB],
    [256 * GIB, 8 * GIB],
  ] as const)
    it(`is ${heap / MIB} MiB on a machine with ${machine / MIB} MiB`, () => {
      expect(usualHeap(machine)).to.equal(heap);
    });

  it('is read back from the container that was made with it', () => {
    for (const bytes of [64 * MIB, 6 * GIB])
      expect(heapOf(['PATH=/usr/bin', heapVariable(bytes)])).to.equal(bytes);
  });

  it('is 256 MiB in a container that an older version made', () => {
    expect(heapOf(['PATH=/usr/bin'])).to.equal(256 * MIB);
  });
});
