/** Writes the tables of keys in docs/reference/twister2.md; with `--check` says whether they are current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { keysDocs } from '../controller/cli/twister2/keys-docs.js';

const FILE = 'docs/reference/twister2.md';
const BEGIN = '<!-- follows from controller/cli/twister2/keys.ts: begin -->';
const END = '<!-- end -->';

const text = readFileSync(FILE, 'utf8');
const [head, rest] = text.split(BEGIN);
const tail = rest?.slice(rest.indexOf(END));
if (head === undefined || !tail?.startsWith(END))
  throw new Error(`${FILE} must have the lines ${BEGIN} and ${END}`);
const wanted = `${head}${BEGIN}\n\n${keysDocs()}\n\n${tail}`;

if (!process.argv.includes('--check')) writeFileSync(FILE, wanted);
else if (text !== wanted) {
  console.error(`${FILE} is not what the table of keys gives: run npm run generate`);
  process.exitCode = 1;
}
