import { expect } from 'chai';
import { backoff } from '../../controller/shared/backoff.js';

describe('the pause after a failure', () => {
  it('doubles with each failure up to the longest', () => {
    const pauses = { first: 100, longest: 2_000 };
    expect([1, 2, 3, 4, 5, 6, 7].map(n => backoff(n, pauses))).to.deep.equal([
      100, 200, 400, 800, 1_600, 2_000, 2_000,
    ]);
  });

  it('is the longest after any number of failures', () => {
    expect(backoff(100_000, { first: 100, longest: 2_000 })).to.equal(2_000);
  });
});
