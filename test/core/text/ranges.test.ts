import { expect } from 'chai';
import { parseRanges, ranges } from '../../../controller/core/text/ranges.js';

describe('ranges of numbers', () => {
  const cases: readonly (readonly [readonly number[], string])[] = [
    [[], ''],
    [[7], '7'],
    [[3, 1, 2, 7, 9, 8, 20, 2], '1-3,7-9,20'],
    [[0, 4, 8, 12], '0-12/4'],
    [[0, 2, 3, 4, 9], '0,2-4,9'],
    [[0, 512], '0,512'],
  ];

  for (const [numbers, text] of cases) {
    it(`are drawn together: ${text || 'none'}`, () => {
      expect(ranges(numbers)).to.equal(text);
      expect(parseRanges(text)).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
    });
  }

  for (const text of ['a', '1-', '3-1', '0-9/0', '1,,2', '-1', '0-9999999']) {
    it(`are not ${text}`, () => expect(parseRanges(text)).to.equal(undefined));
  }
});
