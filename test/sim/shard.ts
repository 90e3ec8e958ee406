/**
 * One of several processes that share a suite: plays every n-th plan of it and writes its figures as JSON, last line of
 * its standard output.
 */
import { parseArgs } from 'node:util';
import { reference } from './enumerate.js';
import { count, noFigures } from './figures.js';
import { play, type Reference } from './play.js';
import { nightly, regular, short } from './suite.js';
import { walk } from './walks.js';
import { WORKLOADS } from './workloads.js';

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: '0' },
    of: { type: 'string', default: '1' },
    suite: { type: 'string', default: 'regular' },
    workload: { type: 'string' },
    walks: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const [part, of] = [Number(values.part), Number(values.of)];
const figures = noFigures();
let at = 0;
const suites: Readonly<Record<string, typeof regular>> = { short, regular, nightly };
for await (const chapter of suites[values.suite]?.(values.workload) ?? []) {
  for (const plan of chapter.plans) {
    at += 1;
    if (at % of === part) count(figures, await play(plan, chapter.reference));
  }
}
const walks = Number(values.walks);
if (walks > 0) {
  const known = new Map<string, Reference>();
  for (const workload of Object.keys(WORKLOADS)) known.set(workload, await reference(workload));
  for (let n = part; n < walks; n += of) {
    const plan = walk(Number(values.seed), n, known);
    count(figures, await play(plan, known.get(plan.workload)), true);
  }
}
const { user, system } = process.cpuUsage();
figures.cpuMs = (user + system) / 1_000;
console.log(JSON.stringify(figures));
