/**
 * `npm run mutants`: removes one safety idiom at a time from a copy of the product, and shows which test fails.
 *
 *     npm run mutants -- --only 'two looks'    those whose idiom contains the words
 *     npm run mutants -- --quick               without those that need a real ZooKeeper
 *     npm run mutants -- --write               the table, into docs/explanation/reliability.md
 *
 * Fails when one is not noticed: that is a defect of the tests. It also fails where a test fails with nothing taken out.
 */
import { parseArgs } from 'node:util';
import { writeSection } from '../docs/section.js';
import { ACTING } from './acting.js';
import { Checkout } from './checkout.js';
import { DECIDING } from './deciding.js';
import { OUTLASTING } from './outlasting.js';
import { SIZING } from './sizing.js';
import { table, type Verdict } from './table.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
/** For the tests of all mutants together. */
const WHOLE_TIMEOUT_MS = 900_000;
const isReal = (file: string): boolean => file.endsWith('.real.test.ts');
const mutants = [...DECIDING, ...ACTING, ...OUTLASTING, ...SIZING].filter(
  ({ idiom, tests }) => idiom.includes(values.only) && !(values.quick && tests.some(isReal)),
);
const checkout = await Checkout.make();
try {
  // First of all: a text that is not there any more makes no mutant, and the table would lie
  for (const mutant of mutants) await checkout.mutated(mutant);
  // A test that fails anyhow would pass for one that notices
  const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
  const red = await checkout.failure(files, WHOLE_TIMEOUT_MS);
  if (red !== undefined) throw new Error(`with nothing taken out: ${red}; mend that first`);
  const verdicts: Verdict[] = [];
  for (const mutant of mutants) {
    const verdict = { mutant, ...(await checkout.run(mutant)) };
    verdicts.push(verdict);
    console.log(`${verdict.noticedBy ?? 'SURVIVED'} ← ${mutant.idiom} (${verdict.seconds.toFixed(1)} s)`);
  }
  const markdown = table(verdicts);
  console.log(`\n${markdown}`);
  if (values.write) await writeSection('explanation/reliability.md', 'mutants', markdown);
  process.exitCode = verdicts.every(({ noticedBy }) => noticedBy !== undefined) ? 0 : 1;
} finally {
  await checkout.remove();
}
