/**
 * `npm test`, `npm run test:full`, `npm run test:nightly` and `npm run test:unit`: docs/reference/testing.md says
 * what they are.
 */
import { appendFileSync } from 'node:fs';
import { type Args, readArgs, USAGE } from './args.js';
import { runTests } from './run.js';

const args = argsOrUsage();
const { passed, failed } = await runTests(args);
const { MPISWARM_TEST_TOTALS: file } = process.env;
if (file !== undefined) appendFileSync(file, `${JSON.stringify({ passed, failed })}\n`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

function argsOrUsage(): Args {
  try {
    return readArgs(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
