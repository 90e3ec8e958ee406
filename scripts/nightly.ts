/**
 * `npm run test:nightly`: everything that takes too long for the other suites: tests tagged `@nightly`, the whole
 * simulation with random walks from a seed that is the day, the mutants, and rounds of real faults.
 */
import { parseArgs } from 'node:util';
import { runAll, script } from './lib/run-all.js';

const { values } = parseArgs({
  options: {
    /** How often all real faults are gone through. */
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 0)
  throw new Error(`--rounds must be a whole number from 0, got "${values.rounds}"`);

const faults = script('scripts/test/main.ts', 'test/e2e/faults', '--lanes', '2');
const failed = runAll([
  script('scripts/test/main.ts', '--suite', 'nightly'),
  script('scripts/sim/main.ts', '--nightly', '--seed', values.seed),
  script('scripts/mutants/main.ts'),
  ...Array.from({ length: rounds }, () => faults),
]);
console.log(failed === 0 ? 'nightly: all passed' : `nightly: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
