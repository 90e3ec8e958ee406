import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { until } from '../lib/until.js';

/**
 * Control groups identify a cluster's processes: each engine and daemon is started in a group with the cluster's
 * name, and containers get one below it. The kernel keeps the membership, so unlike a pid file it's never stale, and
 * it outlives the starting process.
 */
const ROOT = '/sys/fs/cgroup';

/** Makes the group and returns the file into which a process writes its own id to enter it. */
export async function makeGroup(group: string): Promise<string> {
  const dir = `${trackingHierarchy()}/${group}`;
  await mkdir(dir, { recursive: true });
  return `${dir}/cgroup.procs`;
}

/** Ids of all processes in the group and in the groups below it; none when there is no such group. */
export async function groupPids(group: string): Promise<readonly number[]> {
  const dirs = await below(`${trackingHierarchy()}/${group}`);
  const texts = await Promise.all(dirs.map(dir => readUnlessGone(`${dir}/cgroup.procs`)));
  return texts.flatMap(text => text.split('\n').filter(Boolean).map(Number));
}

/** Kills every process of the group, stopped ones too. Returns when none is left; throws after 15 s. */
export async function killGroup(group: string): Promise<void> {
  await until(
    `end of the processes in ${group}`,
    async () => {
      const pids = await groupPids(group);
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      return pids.length === 0 ? true : undefined;
    },
    { deadlineMs: 15_000, everyMs: 20 },
  );
}

/** Removes the empty group, and those below it, from every hierarchy. */
export async function removeGroup(group: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const dirs = await below(`${hierarchy}/${group}`);
    for (const dir of [...dirs].reverse()) {
      await until(`removal of ${dir}`, () => removeDir(dir), { deadlineMs: 10_000, everyMs: 50 });
    }
  }
}

/** Sends a signal to a process that may have ended meanwhile. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH')) throw error;
  }
}

/**
 * The one hierarchy of version 2, or of version 1 the one that neither engine nor service manager moves
 * processes in.
 */
function trackingHierarchy(): string {
  if (existsSync(`${ROOT}/cgroup.controllers`)) return ROOT;
  if (existsSync(`${ROOT}/pids/cgroup.procs`)) return `${ROOT}/pids`;
  throw new Error(
    `control groups must be mounted at ${ROOT}, found neither version 2 nor the "pids" controller`,
  );
}

async function hierarchies(): Promise<readonly string[]> {
  if (existsSync(`${ROOT}/cgroup.controllers`)) return [ROOT];
  const entries = await readdir(ROOT);
  return entries.map(entry => `${ROOT}/${entry}`);
}

/** The folder and all below it, each parent before its children; none when it does not exist. */
async function below(dir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const children = entries.filter(entry => entry.isDirectory()).map(entry => below(`${dir}/${entry.name}`));
    return [dir, ...(await Promise.all(children)).flat()];
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function readUnlessGone(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENODEV')) return '';
    throw error;
  }
}

async function removeDir(dir: string): Promise<true> {
  try {
    await rmdir(dir);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  return true;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
