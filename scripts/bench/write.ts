import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../docs/explanation/performance.md', import.meta.url));
const BEGIN = '<!-- written by npm run bench -- --write: begin -->';
const END = '<!-- end -->';

/** Puts the result between the marks of docs/explanation/performance.md. Throws when the marks are not there. */
export async function writeResult(markdown: string): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${FILE} must have the lines ${BEGIN} and ${END}`);
  const next = `${text.slice(0, from + BEGIN.length)}\n\n${markdown.trim()}\n\n${text.slice(to)}`;
  await writeFile(FILE, next);
}
