/** `npm run generate`: writes everything that follows from a source: types, validator, editor help, reference pages. */
import { runAll, script } from './lib/run-all.js';

process.exitCode =
  runAll([
    script('scripts/schema/generate.ts'),
    script('scripts/state-machine.ts'),
    script('scripts/settings.ts'),
    script('scripts/twister2.ts'),
    script('scripts/cli-reference.ts'),
    script('scripts/reasons/main.ts'),
  ]) === 0
    ? 0
    : 1;
