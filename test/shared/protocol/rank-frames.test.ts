import { expect } from 'chai';
import { FRAME_BYTES, rankFrame, rankFrames } from '../../../controller/shared/protocol/rank-frames.js';

/** What comes of these bytes when they are taken in pieces of that size. */
function taken(bytes: Buffer, size: number) {
  const frames = rankFrames();
  let rest = '';
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const found = frames.take(bytes.subarray(at, at + size));
    rest += Buffer.from(found.rest).toString('latin1');
    for (const { rank, stream, data } of found.pieces)
      pieces.push(`${rank} ${stream} ${Buffer.from(data).toString('latin1')}`);
  }
  return { rest: rest + Buffer.from(frames.end()).toString('latin1'), pieces };
}

const frame = (rank: number, text: string, stream: 'stdout' | 'stderr' = 'stdout'): string =>
  rankFrame({ rank, stream, data: Buffer.from(text, 'latin1') });

describe('copies of what ranks write, in the output of a container', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['alone', frame(3, 'hello\n') + frame(131_071, '', 'stderr'), '', ['3 stdout hello\n', '131071 stderr ']],
    ['with any bytes', frame(0, '\u0000\u00ff\u001e\n\n'), '', ['0 stdout \u0000\u00ff\u001e\n\n']],
    [
      'in the middle of other output',
      `half${frame(1, 'x')} a line\nlast`,
      'half a line\nlast',
      ['1 stdout x'],
    ],
    ['none', 'nothing of the kind\n', 'nothing of the kind\n', []],
    ['only begun at the end', 'text\u001empi', 'text\u001empi', []],
    ['that is not one', '\u001empiswarm no frame\nmore', '\u001empiswarm no frame\nmore', []],
  ];

  for (const [title, text, rest, pieces] of cases) {
    it(`are taken out, wherever they are cut: ${title}`, () => {
      const bytes = Buffer.from(text, 'latin1');
      for (const size of [1, 2, 3, 7, bytes.length])
        expect(taken(bytes, size), `pieces of ${size}`).to.deep.equal({ rest, pieces });
    });
  }

  it('are shorter than the 16 KiB at which the engine cuts a line', () => {
    expect(frame(131_071, 'x'.repeat(FRAME_BYTES), 'stderr').length).to.be.below(16 * 1024);
  });
});
