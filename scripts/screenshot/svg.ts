/** A terminal as an SVG picture. Knows the styles that the `mpiswarm` command uses, and no other escape sequence. */

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

interface Piece extends Style {
  readonly text: string;
}

/** Width and height of a character, and the margin around the text, in pixels. */
const CELL = { width: 8, height: 18 } as const;
const MARGIN = 16;
const TITLE_BAR = 32;

/** Colours of a dark terminal, readable on a page that is light or dark. */
const PAPER = '#161b22';
const BORDER = '#30363d';
const INK = '#d5dde5';
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  36: '#56d4dd',
};
const DOTS = ['#ff5f57', '#febc2e', '#28c840'] as const;
const PLAIN: Style = { colour: INK, bold: false, dim: false };

/**
 * @param text what a terminal of so many columns shows; longer lines go on in the next row, as there.
 * @param title words in the title bar.
 */
export function terminalSvg(text: string, columns: number, title: string): string {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .flatMap(line => wrapped(pieces(line), columns));
  const width = columns * CELL.width + 2 * MARGIN;
  const height = TITLE_BAR + lines.length * CELL.height + 2 * MARGIN;
  const rows = lines.map((line, row) => {
    const y = TITLE_BAR + MARGIN + row * CELL.height + 13;
    return lineOf(line, y);
  });
  const dots = DOTS.map((fill, i) => `<circle cx="${20 + i * 20}" cy="16" r="6" fill="${fill}"/>`);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${PAPER}" stroke="${BORDER}"/>`,
    ...dots,
    `<text x="${width / 2}" y="21" text-anchor="middle" fill="#8b949e">${escaped(title)}</text>`,
    ...rows.filter(row => row !== ''),
    '</svg>',
  ].join('\n')}\n`;
}

/** Rows of at most so many columns, one at least. */
function wrapped(line: readonly Piece[], columns: number): readonly (readonly Piece[])[] {
  const rows: Piece[][] = [[]];
  let used = 0;
  for (const piece of line) {
    let left = [...piece.text];
    while (left.length > 0) {
      if (used === columns) {
        rows.push([]);
        used = 0;
      }
      const part = left.slice(0, columns - used);
      rows.at(-1)?.push({ ...piece, text: part.join('') });
      used += part.length;
      left = left.slice(part.length);
    }
  }
  return rows;
}

/** Each word is set to the width of its cells, so that columns are aligned in any font. */
function lineOf(line: readonly Piece[], y: number): string {
  let column = 0;
  const shown: string[] = [];
  for (const piece of line) {
    shown.push(...words(piece.text, column).map(word => textOf(word, piece, y)));
    column += [...piece.text].length;
  }
  return shown.join('');
}

interface Word {
  readonly text: string;
  readonly column: number;
}

/** Without the blanks between them, which pictures collapse. */
function words(text: string, column: number): readonly Word[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(match => ({
    text: match[0],
    column: column + [...text.slice(0, match.index)].length,
  }));
}

/** An element for each word: browsers differ in what they do with the length of a part of one. */
function textOf({ text, column }: Word, { colour, bold, dim }: Style, y: number): string {
  const attributes = [
    `y="${y}"`,
    `x="${MARGIN + column * CELL.width}"`,
    `textLength="${[...text].length * CELL.width}"`,
    `fill="${colour}"`,
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.65"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(text)}</text>`;
}

function pieces(line: string): readonly Piece[] {
  let style = PLAIN;
  const found: Piece[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: styles of a terminal begin with one
  for (const [, codes, text = ''] of line.matchAll(/(?:\x1b\[([\d;]*)m)?([^\x1b]*)/g)) {
    if (codes !== undefined) style = codes.split(';').map(Number).reduce(styled, style);
    if (text !== '') found.push({ ...style, text });
  }
  return found;
}

function styled(style: Style, code: number): Style {
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 39:
      return { ...style, colour: INK };
    default: {
      const colour = COLOURS[code];
      if (colour === undefined) throw new Error(`no picture for the terminal's style ${code}`);
      return { ...style, colour };
    }
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
