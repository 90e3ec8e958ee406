import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Rig, ZOOKEEPER_PORT } from '../../test/e2e/faults/support/rig.js';
import { writeSection } from '../docs/section.js';
import { makeJobs } from './jobs.js';

/** Kernel's clock ticks a second, in which /proc counts (sysconf(_SC_CLK_TCK) on Linux). */
const CLOCK_HZ = 100;
const GOAL_PERCENT = 2;
const TICKS = 20;
/** Without a write for this long, the controller is idle, and its loop is at its slowest. */
const QUIET_MS = 120_000;
const IDLE_MS = 600_000;

const { values } = parseArgs({
  options: {
    finished: { type: 'string', default: '1000' },
    waiting: { type: 'string', default: '100' },
    ticks: { type: 'string', default: String(TICKS) },
    /** Put what was found into docs/explanation/reliability.md. */
    write: { type: 'boolean', default: false },
  },
});
const counts = { finished: Number(values.finished), waiting: Number(values.waiting) };
const say = (line: string): void => console.log(line);
const rig = await Rig.create();
try {
  say(`making ${counts.finished} finished and ${counts.waiting} waiting jobs`);
  await makeJobs(rig.mpiswarm, `127.0.0.1:${ZOOKEEPER_PORT}`, counts);
  await rig.mpiswarm.start();
  await waitUntilIdle();
  process.exitCode = (await measure(Number(values.ticks))) ? 0 : 1;
} finally {
  await rig.close();
}

/** Waits until every job has its record and nothing was written for a while. */
async function waitUntilIdle(): Promise<void> {
  const from = performance.now();
  const expected = counts.finished + counts.waiting + 1;
  let [writes, since] = [-1, from];
  for (;;) {
    const jobs = (await rig.mpiswarm.world()).jobs.size;
    if (rig.trap.done.length !== writes || jobs < expected)
      [writes, since] = [rig.trap.done.length, performance.now()];
    if (performance.now() - since > QUIET_MS) break;
    if (performance.now() - from > IDLE_MS) throw new Error(`not idle: ${jobs} jobs, ${lastWrites(0)}`);
    await sleep(500);
  }
  say(`idle after ${((since - from) / 1_000).toFixed(0)} s and ${writes} writes`);
}

async function measure(ticks: number): Promise<boolean> {
  const looks = (): number => rig.engine.asked.get('GET nodes') ?? 0;
  const pulls = (): number => rig.engine.asked.get('POST images') ?? 0;
  const before = { ...(await usage()), at: performance.now(), looks: looks(), pulls: pulls() };
  const written = rig.trap.done.length;
  while (looks() - before.looks < ticks) await sleep(100);
  const after = { ...(await usage()), at: performance.now() };
  const seconds = (after.at - before.at) / 1_000;
  const percent = (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds;
  const writes = rig.trap.done.length - written;
  const met = (is: boolean): string => (is ? 'met' : 'NOT MET');
  const lines = [
    `On ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}):`,
    '',
    `- looked ${looks() - before.looks} times in ${seconds.toFixed(1)} s, tried ${pulls() - before.pulls} pulls;`,
    `- writes: ${writes} (goal: 0, ${met(writes === 0)})${writes > 0 ? `: ${lastWrites(written)}` : ''};`,
    `- CPU: ${percent.toFixed(2)} % of a core (goal: < ${GOAL_PERCENT} %, ${met(percent < GOAL_PERCENT)});`,
    `- memory: ${after.memoryMiB.toFixed(0)} MiB.`,
  ];
  for (const line of lines) say(line);
  if (values.write) await writeSection('explanation/reliability.md', 'rest', lines.join('\n'));
  return writes === 0 && percent < GOAL_PERCENT;
}

function lastWrites(from: number): string {
  return rig.trap.done
    .slice(from)
    .slice(-10)
    .map(({ kind, about }) => `${kind} ${about}`)
    .join(', ');
}

/** proc(5): utime and stime are the 12th and 13th field after the command's name. */
async function usage(): Promise<{ readonly cpuSeconds: number; readonly memoryMiB: number }> {
  const { pid } = rig.mpiswarm;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_HZ,
    memoryMiB: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024,
  };
}
