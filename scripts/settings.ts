/** Writes docs/reference/settings.md from the table of settings; with `--check` says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { settingsDocs } from '../controller/settings/docs.js';

const FILE = 'docs/reference/settings.md';
const wanted = settingsDocs();

if (!process.argv.includes('--check')) writeFileSync(FILE, wanted);
else if (readFileSync(FILE, 'utf8') !== wanted) {
  console.error(`${FILE} is not what the table of settings gives: run npm run generate`);
  process.exitCode = 1;
}
