import { expect } from 'chai';
import { age, took } from '../../../controller/cli/render/age.js';
import { coloured } from '../../../controller/cli/render/paint.js';
import { shellQuoted, table, truncate, width, wrap } from '../../../controller/cli/render/text.js';

describe('text on a terminal', () => {
  it('is as wide as what is seen', () => {
    expect(width('ring')).to.equal(4);
    expect(width(coloured('red', 'ring'))).to.equal(4);
    expect(width('环 e\u0301')).to.equal(4);
  });

  it('is cut to the columns there are', () => {
    expect(truncate('connection refused', 10)).to.equal('connectio…');
    expect(truncate('connection', 10)).to.equal('connection');
    expect(truncate('环环环', 4)).to.equal('环…');
    expect(truncate('any', 0)).to.equal('');
    expect(width(truncate('环环环环', 5))).to.be.at.most(5);
  });

  it('has columns, with nothing behind the last word', () => {
    expect(
      table([
        ['A', 'B'],
        ['long', ''],
        ['', 'x'],
      ]),
    ).to.deep.equal(['A      B', 'long', '       x']);
  });

  it('is wrapped where a terminal ends, below its column or below the row', () => {
    const rows = [
      ['a', 'the quick brown fox jumps over the lazy dog'],
      ['bb', 'short'],
    ];
    expect(table(rows, 1, 40)).to.deep.equal([
      'a  the quick brown fox jumps over the',
      '   lazy dog',
      'bb short',
    ]);
    expect(table(rows, 1, 30)).to.deep.equal([
      'a',
      '      the quick brown fox',
      '      jumps over the lazy dog',
      'bb short',
    ]);
    expect(wrap('x'.repeat(7), 3)).to.deep.equal(['xxx', 'xxx', 'x']);
  });

  it('keeps to the columns, and to whole characters, in any script', () => {
    for (const [what, character, each] of [
      ['Chinese', '环', 2],
      ['a combining accent', 'e\u0301', 1],
      ['a skin tone', '👍🏽', 2],
      ['a family, joined of four', '👨‍👩‍👧‍👦', 2],
      ['a flag', '🇩🇪', 2],
      ['a keycap', '1️⃣', 2],
    ] as const) {
      const text = character.repeat(30);
      expect(width(text), what).to.equal(30 * each);
      for (const columns of [20, 7]) {
        const lines = wrap(text, columns);
        const full = character.repeat(Math.floor(columns / each));
        expect(
          lines.map(line => line.normalize('NFD')),
          what,
        ).to.deep.equal([
          ...Array<string>(Math.floor(text.length / full.length)).fill(full),
          ...(text.length % full.length === 0 ? [] : [text.slice(-(text.length % full.length))]),
        ]);
        const cut = character.repeat(Math.floor((columns - 1) / each));
        expect(truncate(text, columns).normalize('NFD'), what).to.equal(`${cut}…`);
      }
    }
    expect(truncate('环环', 2)).to.equal('…');
    expect(truncate('环环', 1)).to.equal('…');
    expect(wrap(`see ${'环'.repeat(12)} there`, 10)).to.satisfy((lines: readonly string[]) =>
      lines.every(line => width(line) <= 10),
    );
  });

  it('keeps its colour on each line it is wrapped to', () => {
    const lines = wrap(coloured('red', 'three red words'), 6);
    expect(lines).to.deep.equal(['three', 'red', 'words'].map(word => coloured('red', word)));
  });

  it('quotes for a shell only what needs it', () => {
    expect(shellQuoted(['mpirun', '-np', '4', "it's", '', '$HOME', 'a=b'])).to.equal(
      `mpirun -np 4 'it'\\''s' '' '$HOME' a=b`,
    );
  });
});

describe('ages', () => {
  const minutes = 60_000;
  const hours = 60 * minutes;
  const days = 24 * hours;

  it('read as kubectl writes them', () => {
    const cases: readonly (readonly [number, string])[] = [
      [-5, '0s'],
      [0, '0s'],
      [119_999, '119s'],
      [2 * minutes, '2m'],
      [3 * minutes + 10_000, '3m10s'],
      [10 * minutes + 5_000, '10m'],
      [179 * minutes, '179m'],
      [3 * hours, '3h'],
      [3 * hours + 5 * minutes, '3h5m'],
      [8 * hours + 5 * minutes, '8h'],
      [47 * hours, '47h'],
      [3 * days + 4 * hours, '3d4h'],
      [9 * days, '9d'],
      [800 * days, '2y70d'],
    ];
    expect(cases.map(([ms]) => age(ms))).to.deep.equal(cases.map(([, text]) => text));
  });

  it('of short things have a fraction', () => {
    expect([0, 49.6, 999, 1_900, 59_900, 61_000].map(took)).to.deep.equal([
      '0 ms',
      '50 ms',
      '999 ms',
      '1.9 s',
      '59.9 s',
      '61s',
    ]);
  });
});
