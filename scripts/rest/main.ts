/** `npm run rest`: the cost of an idle controller with very many jobs. */
import { runInside } from '../inside.js';

process.exitCode = await runInside({
  cluster: 'rest',
  nodes: 1,
  script: 'scripts/rest/measure.ts',
  args: process.argv.slice(2),
});
