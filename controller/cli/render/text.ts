import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal shows two columns wide: East Asian scripts and most emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** Marks that are drawn over the character before them. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a text takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) {
    columns += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** The text without styles, cut to that many columns; a cut one ends in `…`. */
export function truncate(text: string, columns: number): string {
  const bare = stripVTControlCharacters(text);
  if (width(bare) <= columns) return bare;
  if (width(bare.trimEnd()) <= columns) return pad(bare.trimEnd(), columns);
  let kept = '';
  for (const character of bare) {
    if (width(kept + character) > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`;
}

/** Words from elsewhere on one line, without anything that could steer a terminal. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Text in lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (width(line) > columns) {
      const head = [...line].slice(0, columns).join('');
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** A last column that is narrower than this is not worth wrapping into; its text then goes below, indented. */
const MIN_COLUMNS = 36;
const BELOW = 6;

/**
 * Rows with aligned columns, two spaces or more between them, and nothing at the end of a line. Where `columns` is given,
 * the last column is wrapped to end there.
 */
export function table(
  rows: readonly (readonly string[])[],
  gap = 3,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
    });
  }
  return rows.flatMap(row => {
    const before = row
      .slice(0, -1)
      .map((cell, i) => pad(cell, (widths[i] ?? 0) + gap))
      .join('');
    const left = columns - width(before);
    const last = row.at(-1) ?? '';
    if (width(last) <= left) return [(before + last).trimEnd()];
    const below = left < MIN_COLUMNS;
    const margin = ' '.repeat(below ? BELOW : width(before));
    const parts = wrap(last, below ? columns - BELOW : left);
    const shown = below
      ? [before, ...parts.map(part => margin + part)]
      : parts.map((part, i) => (i === 0 ? before : margin) + part);
    return shown.map(line => line.trimEnd());
  });
}

export function indent(lines: readonly string[], by = 2): readonly string[] {
  return lines.map(line => (line === '' ? '' : ' '.repeat(by) + line));
}

/** A command line that a POSIX shell reads as exactly these words. */
export function shellQuoted(words: readonly string[]): string {
  return words
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
