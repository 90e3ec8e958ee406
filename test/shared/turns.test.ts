import { expect } from 'chai';
import { finishInTurns, mapInTurns, settleInTurns, Turns } from '../../controller/shared/turns.js';

/** A clock that moves on by so much with each thing that is done, and the number of turns that others had. */
class Work {
  now = 0;
  turns = 0;
  readonly clock = new Turns(() => this.now);
  #immediate = setImmediate(() => this.#other());

  do(ms: number): void {
    this.now += ms;
  }

  end(): number {
    clearImmediate(this.#immediate);
    return this.turns;
  }

  #other(): void {
    this.turns += 1;
    this.#immediate = setImmediate(() => this.#other());
  }
}

const ITEMS = Array.from({ length: 100 }, (_, i) => i);

describe('long work in turns', () => {
  it('keeps the order, and lets others have a turn every 20 ms at least', async () => {
    const work = new Work();
    const made = await mapInTurns(
      ITEMS,
      item => {
        work.do(5);
        return item * 2;
      },
      work.clock,
    );
    expect(made).to.deep.equal(ITEMS.map(item => item * 2));
    expect(work.end()).to.be.at.least(500 / 20);
  });

  it('gives no turn away while there is time', async () => {
    const work = new Work();
    await mapInTurns(ITEMS, () => undefined, work.clock);
    expect(work.end()).to.equal(0);
  });

  it('interrupts a generator where it may be interrupted', async () => {
    const work = new Work();
    function* sum(): Generator<undefined, number> {
      let all = 0;
      for (const item of ITEMS) {
        work.do(5);
        all += item;
        yield;
      }
      return all;
    }
    expect(await finishInTurns(sum(), work.clock)).to.equal(4_950);
    expect(work.end()).to.be.at.least(500 / 20);
  });

  it('tells of each that fails, also when it fails before the last one has begun', async () => {
    const work = new Work();
    const results = await settleInTurns(
      ITEMS,
      async item => {
        work.do(5);
        if (item === 0) throw new Error('first');
        return item;
      },
      work.clock,
    );
    work.end();
    expect(results[0]).to.deep.include({ status: 'rejected' });
    expect(results.slice(1).every(({ status }) => status === 'fulfilled')).to.equal(true);
  });
});
