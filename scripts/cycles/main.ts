/** `npm run cycles -- --count 300`: jobs made and removed again and again, and what that leaves behind. */
import { runInside } from '../inside.js';

process.exitCode = await runInside({
  cluster: 'cycles',
  nodes: 1,
  script: 'scripts/cycles/run.ts',
  args: process.argv.slice(2),
});
