import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const END = '<!-- end -->';

/**
 * Puts what a command found between its marks in a document.
 * @param file name of a document under docs/.
 * @param command the npm script that writes it, which names the marks. Throws when they are not there.
 */
export async function writeSection(file: string, command: string, markdown: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));
  const options = command.includes(' -- ') ? '' : ' --';
  const begin = `<!-- written by npm run ${command}${options} --write: begin -->`;
  const text = await readFile(path, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(END, from);
  if (from < 0 || to < from) throw new Error(`${path} must have the lines ${begin} and ${END}`);
  await writeFile(path, `${text.slice(0, from + begin.length)}\n\n${markdown.trim()}\n\n${text.slice(to)}`);
}
