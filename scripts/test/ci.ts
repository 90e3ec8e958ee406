/**
 * Everything that must hold before a change goes in: `npm run check`, `npm test` and `npm run test:full`, each also
 * when one before it has failed. The last line sums all of them up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { script } from '../lib/run-all.js';
import { duration } from './report/printer.js';
import type { Totals } from './run.js';

interface Part {
  readonly name: string;
  readonly argv: readonly string[];
}

const PARTS: readonly Part[] = [
  { name: 'npm run check', argv: script('scripts/check.ts') },
  { name: 'npm test', argv: script('scripts/test/main.ts') },
  { name: 'npm run test:full', argv: script('scripts/test/main.ts', '--suite', 'full') },
];

// The parts clean up by themselves when they are interrupted; then nothing more is started.
let isInterrupted = false;
let current: ChildProcess | undefined;
process.on('SIGINT', () => {
  isInterrupted = true;
});
process.on('SIGTERM', () => {
  isInterrupted = true;
  current?.kill('SIGTERM');
});

const lines: string[] = [];
const sum = { passed: 0, failed: 0 };
for (const part of PARTS) {
  const from = performance.now();
  console.log(`\n━━ ${part.name}`);
  const { passed, failed } = await run(part);
  sum.passed += passed;
  sum.failed += failed;
  const took = duration(performance.now() - from);
  lines.push(`${part.name}: ${failed === 0 ? 'well' : `${failed} failed`}, ${took}`);
  if (isInterrupted) process.exit(130);
}
console.log(`\n${lines.join('\n')}\n\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;

/** A part that ends with another code than its totals suggest, or without totals, counts as one failure. */
async function run({ argv }: Part): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'mpiswarm-ci-'));
  const file = join(folder, 'totals');
  try {
    const [command = '', ...args] = argv;
    const env = { ...process.env, MPISWARM_TEST_TOTALS: file };
    const child = spawn(command, args, { stdio: 'inherit', env });
    current = child;
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    const said = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const totals = said === '' ? { passed: 0, failed: 0 } : (JSON.parse(said) as Totals);
    return status === 0 || totals.failed > 0 ? totals : { ...totals, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
