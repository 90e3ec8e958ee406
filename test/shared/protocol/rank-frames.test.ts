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

const LONG = `\u001empiswarm 1 stdout ${'A'.repeat(20_000)}\n`;

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
    [
      'after a mark that begins none',
      `\u001empiswarm 1 ${frame(2, 'x')}`,
      '\u001empiswarm 1 ',
      ['2 stdout x'],
    ],
    ['that is longer than one may be', LONG, LONG, []],
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

  for (const [title, text] of [
    ['after a mark', '\u001empiswarm '],
    ['after what begins like a frame', '\u001empiswarm 1 stdout '],
    ['of marks alone', '\u001empiswarm '.repeat(1_000)],
  ] as const) {
    it(`hold back no more than a frame can have, of a line without an end: ${title}`, () => {
      const frames = rankFrames();
      const filler = Buffer.from(text.length > 100 ? text : 'A'.repeat(16 * 1024));
      let given = Buffer.byteLength(text);
      let passed = frames.take(Buffer.from(text)).rest.byteLength;
      for (let piece = 0; piece < 20; piece += 1) {
        passed += frames.take(filler).rest.byteLength;
        given += filler.byteLength;
        expect(given - passed).to.be.below(16 * 1024);
      }
      expect(passed + frames.end().byteLength).to.equal(given);
    });
  }
});
