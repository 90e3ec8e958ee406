/** `npm run check`: formatting, lint, types, and that generated files are what their sources give. */
import { runAll, script } from './lib/run-all.js';

const bin = (name: string): string => `node_modules/.bin/${name}`;

const failed = runAll([
  [bin('biome'), 'ci', '--colors=off'],
  [bin('tsc'), '--noEmit', '-p', '.'],
  script('scripts/schema/generate.ts', '--check'),
  script('scripts/state-machine.ts', '--check'),
  script('scripts/settings.ts', '--check'),
  script('scripts/twister2.ts', '--check'),
  script('scripts/cli-reference.ts', '--check'),
  script('scripts/reasons/main.ts', '--check'),
]);
console.log(failed === 0 ? 'check: all passed' : `check: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
