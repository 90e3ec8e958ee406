import { expect } from 'chai';
import { AfterGrace } from '../../../controller/loop/gc/after-grace.js';

describe('an unused thing', () => {
  it('is due once every tick of ten seconds has found it', () => {
    const grace = new AfterGrace<string>(name => name);
    expect(grace.due(['a'], 0)).to.deep.equal([]);
    expect(grace.due(['a', 'b'], 9_999)).to.deep.equal([]);
    expect(grace.due(['a', 'b'], 10_000)).to.deep.equal(['a']);
    expect(grace.due(['a', 'b'], 20_000)).to.deep.equal(['a', 'b']);
  });

  it('waits again when a tick did not find it', () => {
    const grace = new AfterGrace<string>(name => name);
    grace.due(['a'], 0);
    grace.due([], 5_000);
    expect(grace.due(['a'], 10_000)).to.deep.equal([]);
    expect(grace.due(['a'], 20_000)).to.deep.equal(['a']);
  });

  it('is due at every tick from then on, unless a new period begins', () => {
    const grace = new AfterGrace<string>(name => name);
    grace.due(['a'], 0);
    expect(grace.due(['a'], 10_000)).to.deep.equal(['a']);
    expect(grace.due(['a'], 10_500)).to.deep.equal(['a']);
    grace.restart(['a'], 10_500);
    expect(grace.due(['a'], 20_000)).to.deep.equal([]);
    expect(grace.due(['a'], 20_500)).to.deep.equal(['a']);
  });
});
