import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listFolder } from '../../../controller/adapters/manifests/listing.js';
import { ZooKeeperStateStore } from '../../../controller/adapters/zookeeper/state-store.js';
import { manifest } from '../../../test/loop/scene.js';
import { median } from '../../lib/statistics.js';
import { CREDENTIAL, clock, delays, PER_FOLDER, RESOLUTION_MS, type Setup } from './setup.js';
import { type Process, put, type World } from './world.js';

export interface Row {
  readonly what: string;
  readonly found: string;
  readonly goal: string;
  readonly met: boolean;
}

export interface Sizes {
  readonly jobs: number;
  readonly live: number;
  readonly ticks: number;
  readonly minutes: number;
  readonly pairs: number;
}

/** Thousands of manifests come at once. They are suspended: only their records are written. */
export async function drop(world: World, { jobs }: Sizes): Promise<readonly Row[]> {
  const setup = await world.setUp({ settled: 0, live: 0 });
  const aside = `${setup.folder}-aside`;
  const name = (i: number): string => `dropped-${i}`;
  const text = (i: number): string => manifest(name(i), { runPolicy: { suspend: true } });
  for (let i = 0; i < jobs; i += 1)
    await put(aside, `${Math.floor(i / PER_FOLDER)}/${name(i)}.yaml`, text(i));
  const controller = world.start(setup);
  await controller.led();
  await sleep(2_000);
  const all = controller.next(one => (one.kind === 'led' && one.open >= jobs ? clock() : undefined));
  const wrote = controller.next(one => (one.kind === 'wrote' && one.records > 1 ? one : undefined));
  const from = clock();
  await rename(aside, join(setup.folder, 'dropped'));
  const seconds = ((await all) - from) / 1_000;
  const writing = await wrote;
  await controller.kill();
  const plain = await writePlainly(world, setup);
  const rate = jobs / seconds;
  const share = writing.records / writing.ms / (plain.records / plain.ms);
  return [
    {
      what: `${jobs} manifests at once → records`,
      found: `${rate.toFixed(0)} jobs/s`,
      goal: '≥ 500 jobs/s',
      met: rate >= 500,
    },
    {
      what: 'the writing part, against a plain writer of the same records, all in flight',
      found: `${((1_000 * writing.records) / writing.ms).toFixed(0)} a second, ${share.toFixed(2)}x`,
      goal: '≥ 0.5x',
      met: share >= 0.5,
    },
  ];
}

/** The records that a controller has written, once more below another root. */
async function writePlainly(
  world: World,
  { root, zookeeper }: Setup,
): Promise<{ records: number; ms: number }> {
  const connect = (at: string) =>
    new ZooKeeperStateStore({ hosts: zookeeper, root: at, credential: CREDENTIAL, timeoutMs: 30_000 });
  const [from, to] = [connect(root), connect((await world.setUp({ settled: 0, live: 0 })).root)];
  try {
    const seen = await from.records();
    if (!seen.ok) throw new Error(seen.error);
    const [first, ...records] = seen.value;
    // Makes the root, too
    if (first) await to.writeJob(first, undefined);
    const begun = performance.now();
    await Promise.all(records.map(record => to.writeJob(record, undefined)));
    return { records: records.length, ms: performance.now() - begun };
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** All jobs have ended, and nothing happens. */
export async function rest(
  controller: Process,
  { jobs, ticks }: Sizes,
  setup: Setup,
): Promise<readonly Row[]> {
  controller.ask('begin');
  for (let i = 0; i < ticks; i += 1) await controller.led();
  const { seconds, cpuSeconds, memoryMb, listings } = await controller.usage();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await listFolder(setup.folder);
  const { user, system } = process.cpuUsage(cpu);
  const listed = { wall: performance.now() - begun, cpu: (user + system) / 1_000 };
  const percent = (100 * cpuSeconds) / seconds;
  return [
    {
      what: `${jobs} settled jobs at rest, ${ticks} idle ticks in ${seconds.toFixed(0)} s`,
      found: `${percent.toFixed(1)} % of a core; ${listings} listings, of which each takes ${listed.wall.toFixed(0)} ms and ${listed.cpu.toFixed(0)} ms of processor time`,
      goal: '2 %, at most 5 %',
      met: percent <= 5,
    },
    {
      what: 'memory of that process, with the Swarm of the bench and tsx in it',
      found: `${memoryMb.toFixed(0)} MB`,
      goal: '≤ 300 MB',
      met: memoryMb <= 300,
    },
  ];
}

export async function eventLoop(world: World, { jobs, live, minutes }: Sizes): Promise<readonly Row[]> {
  const controller = world.start(await world.setUp({ settled: jobs, live }));
  await controller.led(open => open === live);
  await sleep(20_000);
  controller.ask('begin');
  const own = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  own.enable();
  await sleep(minutes * 60_000);
  own.disable();
  const { p99, longest, ticks } = await controller.usage();
  const idle = delays(own);
  await controller.kill();
  return [
    {
      what: `event loop with ${jobs} settled and ${live} live jobs, ${minutes} min, ${ticks} ticks`,
      found: `p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms; of a process that did nothing meanwhile ${idle.p99.toFixed(0)} and ${idle.longest.toFixed(0)} ms`,
      goal: 'p99 ≤ 50 ms, longest ≤ 250 ms',
      met: p99 <= 50 && longest <= 250,
    },
  ];
}

/** From nothing to the tick in which files count, against a program that only reads. */
export async function start(
  world: World,
  setup: Setup,
): Promise<{ readonly controller: Process; readonly rows: readonly Row[] }> {
  const plain = await readPlainly(setup);
  const controller = world.start(setup);
  await controller.led();
  const ms = await controller.led();
  const ratio = ms / plain;
  const row = {
    what: `start with ${setup.settled} jobs → first acting tick, against a program that reads the same`,
    found: `${(ms / 1_000).toFixed(1)} s, ${ratio.toFixed(2)}x`,
    goal: '≤ 1.5x',
    met: ratio <= 1.5,
  };
  return { controller, rows: [row] };
}

async function readPlainly(setup: Setup): Promise<number> {
  const child = fork(fileURLToPath(new URL('reader.ts', import.meta.url)), [JSON.stringify(setup)], {
    execArgv: ['--import', 'tsx'],
  });
  const [read] = (await once(child, 'message')) as [{ ms: number; records: number; jobs: number }];
  if (read.records !== setup.settled || read.jobs !== setup.settled)
    throw new Error(`read ${read.records} records and ${read.jobs} manifests of ${setup.settled}`);
  return read.ms;
}

/** One more job among very many and among none, in turns. */
export async function oneMore(
  world: World,
  { controller, setup }: { readonly controller: Process; readonly setup: Setup },
  { pairs }: Sizes,
): Promise<readonly Row[]> {
  const empty = await world.setUp({ settled: 0, live: 0 });
  const alone = world.start(empty);
  await alone.led();
  const times: { readonly among: number[]; readonly none: number[] } = { among: [], none: [] };
  for (let i = 0; i < pairs; i += 1) {
    const name = `one-${i}`;
    times.among.push(await untilService(controller, setup, name));
    times.none.push(await untilService(alone, empty, name));
  }
  await alone.kill();
  const [among, none] = [median(times.among), median(times.none)];
  return [
    {
      what: `one more job among ${setup.settled} → its first service is made, median of ${pairs} pairs`,
      found: `${among.toFixed(0)} ms, among none ${none.toFixed(0)} ms, ${(among / none).toFixed(2)}x`,
      goal: '≤ 1.3x',
      met: among / none <= 1.3,
    },
  ];
}

async function untilService(controller: Process, { folder }: Setup, name: string): Promise<number> {
  const made = controller.next(one =>
    one.kind === 'service' && one.name.startsWith(`${name}-`) ? one.at : undefined,
  );
  await mkdir(join(folder, '0'), { recursive: true });
  await put(`${folder}-aside`, `${name}.yaml`, manifest(name));
  const from = clock();
  await rename(join(`${folder}-aside`, `${name}.yaml`), join(folder, '0', `${name}.yaml`));
  const ms = (await made) - from;
  await rm(join(folder, '0', `${name}.yaml`));
  await sleep(5_000);
  return ms;
}
