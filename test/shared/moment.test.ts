import { expect } from 'chai';
import { elapsedMs, moment } from '../../controller/shared/moment.js';

describe('time on clocks that cannot be set', () => {
  it('goes on while the process is stopped, and while the whole machine sleeps', () => {
    const from = { monotonicMs: 1_000, bootMs: 50_000 };
    expect(elapsedMs(from, { monotonicMs: 8_000, bootMs: 57_000 })).to.equal(7_000);
    expect(elapsedMs(from, { monotonicMs: 1_001, bootMs: 3_650_000 })).to.equal(3_600_000);
  });

  it('does not know of the clock that people set', () => {
    const from = moment();
    const { now } = Date;
    try {
      Date.now = () => now() + 3_600_000;
      expect(elapsedMs(from)).to.be.within(0, 1_000);
      Date.now = () => now() - 3_600_000;
      expect(elapsedMs(from)).to.be.within(0, 1_000);
    } finally {
      Date.now = now;
    }
  });

  it('goes on while the event loop is blocked', () => {
    const from = moment();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    expect(elapsedMs(from)).to.be.at.least(59);
  });
});
