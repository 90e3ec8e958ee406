import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';

/** Compares with golden/NAME.txt, which is rewritten when UPDATE_GOLDEN is set, so that a change is read as a diff. */
export async function expectGolden(name: string, lines: readonly string[]): Promise<void> {
  const text = `${lines.join('\n')}\n`;
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (process.env['UPDATE_GOLDEN']) await writeFile(file, text);
  expect(text).to.equal(await readFile(file, 'utf8'));
  expect(
    lines.filter(line => line !== line.trimEnd()),
    'lines that end in a space',
  ).to.deep.equal([]);
}
