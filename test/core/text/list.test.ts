import { expect } from 'chai';
import { firstFew } from '../../../controller/core/text/list.js';

describe('what is told of many', () => {
  for (const [all, told] of [
    [[], []],
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'and 1 more worker'],
    ],
    [
      ['a', 'b', 'c', 'd', 'e'],
      ['a', 'b', 'c', 'and 2 more workers'],
    ],
  ] as const) {
    it(`of ${all.length} is ${told.join('; ') || 'nothing'}`, () => {
      expect(firstFew(all, 'worker')).to.deep.equal(told);
    });
  }

  it('has no noun where they are not of one kind', () => {
    expect(firstFew(['a', 'b', 'c', 'd']).at(-1)).to.equal('and 1 more');
  });
});
