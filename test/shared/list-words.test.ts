import { expect } from 'chai';
import { firstFew, listWords } from '../../controller/shared/list-words.js';

describe('the first few of many', () => {
  for (const [all, few] of [
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
    it(`of ${all.length} are ${few.join('; ') || 'none'}`, () => {
      expect(firstFew(all, { noun: 'worker' })).to.deep.equal(few);
    });
  }

  it('have no noun where they are not of one kind', () => {
    expect(firstFew(['a', 'b', 'c', 'd']).at(-1)).to.equal('and 1 more');
  });

  it('are as many as asked for', () => {
    expect(firstFew(['a', 'b', 'c'], { shown: 1 })).to.deep.equal(['a', 'and 2 more']);
  });
});

describe('words in a sentence', () => {
  it('are joined by commas and a last word', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(words => listWords(words))).to.deep.equal([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
    expect(listWords(['a', 'b', 'c'], { last: 'or' })).to.equal('a, b or c');
  });

  it('are counted where there are too many to name', () => {
    expect(listWords(['a', 'b', 'c'], { shown: 3 })).to.equal('a, b and c');
    expect(listWords(['a', 'b', 'c', 'd', 'e'], { shown: 3 })).to.equal('a, b, c and 2 more');
  });
});
