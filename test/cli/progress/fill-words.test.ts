import { expect } from 'chai';
import { fillWords } from '../../../controller/cli/progress/fill-words.js';

describe('the words on a ZooKeeper that fills', () => {
  it('say how full it is, in steps, and what to do', () => {
    const heapBytes = 1024 * 1024 * 1024;
    const words = (part: number) => fillWords({ heapBytes, neededBytes: part * heapBytes });
    expect(words(0.71)).to.include('more than 70 % of its 1024 MiB').and.include('zookeeperHeap');
    expect(words(0.74)).to.equal(words(0.71));
    expect(words(0.76)).to.include('more than 75 %');
  });
});
