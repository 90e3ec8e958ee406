import { stripVTControlCharacters } from 'node:util';
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Columns that a text takes on a terminal. */
export function width(text: string): number {
  return stringWidth(text);
}

/** The text without styles, cut to that many columns; a cut one ends in `…`. */
export function truncate(text: string, columns: number): string {
  const bare = stripVTControlCharacters(text);
  if (width(bare) <= columns) return bare;
  if (width(bare.trimEnd()) <= columns) return pad(bare.trimEnd(), columns);
  return columns < 1 ? '' : `${start(bare, columns - 1).trimEnd()}…`;
}

/** What fits into the columns. `sliceAnsi` takes a wide character whole, also where only half of it fits. */
function start(text: string, columns: number): string {
  const cut = sliceAnsi(text, 0, columns);
  return width(cut) <= columns ? cut : start(text, columns - 1);
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Text in lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, columns: number): readonly string[] {
  return wrapAnsi(text, columns, { hard: true }).split('\n');
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
