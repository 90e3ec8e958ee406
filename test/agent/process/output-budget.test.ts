import { expect } from 'chai';
import { outputBudget } from '../../../images/agent/process/output-budget.js';

const MI = 2 ** 20;
const text = (length: number): Buffer => Buffer.alloc(length, `${'x'.repeat(999)}\n`);

/** How much of endless output goes on, piece by piece. */
function admitted(limit: number, piece: Buffer, part: 'command' | 'ranks' = 'command'): number {
  const budget = outputBudget(limit);
  let sum = 0;
  for (;;) {
    const count = budget.admit(part, piece);
    sum += count;
    if (count < piece.length) return sum;
  }
}

describe('the output that a container passes on', () => {
  it('is all of it without a limit', () => {
    expect(outputBudget().admit('command', text(5 * MI))).to.equal(5 * MI);
  });

  it('ends at the limit, in the middle of a piece, and says where', () => {
    const budget = outputBudget(4 * MI);
    expect(budget.admit('command', text(3 * MI))).to.equal(3 * MI);
    expect(budget.admit('command', text(3 * MI))).to.equal(MI);
    expect(budget.words('command')).to.equal('output cut after 4194304 bytes (spec.runPolicy.outputLimit)');
  });

  it('stays cut, also for a piece that would be small enough', () => {
    const budget = outputBudget(4 * MI);
    budget.admit('command', text(5 * MI));
    expect(budget.admit('command', Buffer.from('last words'))).to.equal(0);
  });

  it('is counted for the copies of ranks by themselves', () => {
    const budget = outputBudget(4 * MI);
    budget.admit('command', text(5 * MI));
    expect(budget.admit('ranks', text(3 * MI))).to.equal(3 * MI);
    expect(admitted(4 * MI, text(MI), 'ranks')).to.equal(4 * MI);
  });

  it('is cut before the engine’s log is full, which would throw away its beginning', () => {
    // A line of one character costs the log a hundred times as much
    expect(admitted(4 * MI, Buffer.alloc(MI, 'x\n'))).to.be.within(0.3 * MI, 0.5 * MI);
    expect(admitted(4 * MI, Buffer.alloc(MI, 0xff))).to.be.below((4 * MI * 5) / 6 + MI);
    expect(admitted(4 * MI, Buffer.alloc(MI, 1))).to.be.below(4 * MI);
  });

  it('may be in any language: a character that is cut at the end of a piece is no binary data', () => {
    const piece = Buffer.from('ä€𝄞 '.repeat(1_000));
    for (const [from, to] of [
      [0, 0],
      [1, 0],
      [3, 1],
      [4, 2],
      [7, 3],
    ] as const) {
      const part = piece.subarray(from, piece.length - to);
      expect(admitted(MI, part), `${from} ${to}`).to.equal(MI);
    }
  });
});
