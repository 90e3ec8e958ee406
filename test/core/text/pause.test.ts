import { expect } from 'chai';
import { isPaused } from '../../../controller/core/text/pause.js';

describe('a failed action', () => {
  it('is tried again once its pause is over, and no later when the clock is set back', () => {
    expect(isPaused(5_000, 4_999, 5_000)).to.equal(true);
    expect(isPaused(5_000, 5_000, 5_000)).to.equal(false);
    expect(isPaused(3_600_000, 0, 5_000)).to.equal(false);
  });
});
