/** `npm run rest`: what the controller costs when there is nothing to do for any of very many jobs. */
import { runInside } from '../inside.js';

process.exitCode = await runInside({
  cluster: 'rest',
  nodes: 1,
  script: 'scripts/rest/measure.ts',
  args: process.argv.slice(2),
});
