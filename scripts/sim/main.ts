/**
 * `npm run sim`: the simulation. Without options, what `npm run test:full` plays.
 *
 *     npm run sim -- --nightly --seed 7        everything, and 100,000 random walks
 *     npm run sim -- --plan 'ring:lost@e7'     one plan again, with its trace
 *     npm run sim -- --golden                  writes the transcripts in test/sim/golden again
 *     npm run sim -- --write                   and its figures into docs/explanation/reliability.md
 */
import { parseArgs } from 'node:util';
import { reference } from '../../test/sim/enumerate.js';
import { writeGolden } from '../../test/sim/golden.js';
import { parsePlan } from '../../test/sim/plan.js';
import { play } from '../../test/sim/play.js';
import { playAll } from '../../test/sim/shards.js';
import { writeSection } from '../docs/section.js';
import { failureLines, report } from './report.js';

const NIGHTLY_WALKS = '100000';

const { values } = parseArgs({
  options: {
    plan: { type: 'string' },
    golden: { type: 'boolean', default: false },
    nightly: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    walks: { type: 'string' },
    workload: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

if (values.golden) console.log(`${(await writeGolden()).length} transcripts are written to test/sim/golden`);
else if (values.plan === undefined) await playSuite();
else await playOne(values.plan);

async function playOne(id: string): Promise<void> {
  const plan = parsePlan(id);
  const known = await reference(plan.workload);
  const played = await play(plan, known);
  console.log(played.trace.join('\n'));
  if (!played.struck) console.log('\nnot every fault struck: the workload ended before');
  for (const violation of played.violations) console.log(`\n${violation}`);
  console.log(`\n${played.violations.length} violations`);
  process.exitCode = played.violations.length > 0 ? 1 : 0;
}

async function playSuite(): Promise<void> {
  const { nightly, seed, workload, write } = values;
  const walks = values.walks ?? (nightly ? NIGHTLY_WALKS : '0');
  const { figures, seconds, processes } = await playAll([
    ...['--suite', nightly ? 'nightly' : 'regular', '--seed', seed, '--walks', walks],
    ...(workload === undefined ? [] : ['--workload', workload]),
  ]);
  const text = report({ figures, seconds, processes, suite: nightly ? 'nightly' : 'regular', seed });
  console.log(text);
  for (const line of failureLines(figures)) console.log(line);
  if (write) await writeSection('explanation/reliability.md', nightly ? 'sim -- --nightly' : 'sim', text);
  process.exitCode = figures.failures.length > 0 ? 1 : 0;
}
