/** `npm run bench -- scale`: what very many jobs cost the controller. Needs ZooKeeper of Debian, no engine. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { writeSection } from '../../docs/section.js';
import { drop, eventLoop, oneMore, type Row, rest, type Sizes, start } from './rows.js';
import { World } from './world.js';

const HELP = `Usage: npm run bench -- scale [OPTION…]

Measures what very many jobs that ran and have ended cost. ZooKeeper is real, Swarm is in memory.

  --jobs N       how many (default: 10000)
  --live N       how many others run while the event loop is measured (default: 100)
  --ticks N      idle ticks at rest (default: 20)
  --minutes N    for how long the event loop is measured (default: 5)
  --pairs N      pairs of one more job (default: 20)
  --write        put the result into docs/explanation/performance.md`;

/** @returns the exit code: 1 where a goal is not met. */
export async function scale(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      jobs: { type: 'string', default: '10000' },
      live: { type: 'string', default: '100' },
      ticks: { type: 'string', default: '20' },
      minutes: { type: 'string', default: '5' },
      pairs: { type: 'string', default: '20' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const say = (line: string): void => console.log(line);
  if (values.help) {
    say(HELP);
    return 0;
  }
  const { jobs, live, ticks, minutes, pairs } = values;
  const sizes = {
    ...{ jobs: Number(jobs), live: Number(live), ticks: Number(ticks) },
    ...{ minutes: Number(minutes), pairs: Number(pairs) },
  };
  const rows = await measure(sizes, say);
  const markdown = report(rows);
  say(`\n${markdown}`);
  if (values.write) await writeSection('explanation/performance.md', 'bench -- scale', markdown);
  return rows.every(({ met }) => met) ? 0 : 1;
}

async function measure(sizes: Sizes, say: (line: string) => void): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const add = (more: readonly Row[]): void => {
    for (const row of more)
      say(`${row.what}: ${row.found} (goal ${row.goal}, ${row.met ? 'met' : 'NOT MET'})`);
    rows.push(...more);
  };
  const world = await World.create();
  try {
    add(await drop(world, sizes));
    const setup = await world.setUp({ settled: sizes.jobs, live: 0 });
    const started = await start(world, setup);
    add(started.rows);
    const { controller } = started;
    for (let i = 0; i < 3; i += 1) await controller.led();
    add(await rest(controller, sizes, setup));
    add(await oneMore(world, { controller, setup }, sizes));
    for (const trouble of controller.troubles) say(`trouble: ${trouble}`);
    await controller.kill();
    add(await eventLoop(world, sizes));
  } finally {
    await world.close();
  }
  return rows;
}

function report(rows: readonly Row[]): string {
  return [
    `On ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, load average of the last 15 minutes ${loadavg()[2]?.toFixed(1)}:`,
    '',
    '| what | found | goal | met |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ what, found, goal, met }) => `| ${what} | ${found} | ${goal} | ${met ? 'yes' : '**no**'} |`,
    ),
  ].join('\n');
}
