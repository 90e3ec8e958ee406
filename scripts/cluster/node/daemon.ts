import { spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PATH } from '../lib/command.js';
import { GiveUp, until } from '../lib/until.js';
import { groupPids, makeGroup, sendSignal } from './cgroup.js';
import { nsenterPrefix } from './namespaces.js';

export interface Daemon {
  /** What it is, for messages: "engine n1". */
  readonly title: string;
  /** Control group that it runs in. */
  readonly group: string;
  /** Network namespace that it runs in. */
  readonly netns: string;
  /** File to which it writes its output; appended to. */
  readonly log: string;
  readonly argv: readonly string[];
}

/**
 * Starts a daemon that outlives this process, and returns once `ready` holds. Throws, with the end of its
 * log, when the daemon ends before that or the deadline passes.
 */
export async function startDaemon(
  daemon: Daemon,
  ready: () => Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  await mkdir(dirname(daemon.log), { recursive: true });
  const procs = await makeGroup(daemon.group);
  const log = await open(daemon.log, 'a');
  const enter = ['sh', '-c', 'echo $$ > "$0" && exec "$@"', procs, ...nsenterPrefix(daemon.netns)];
  const [file = '', ...args] = [...enter, ...daemon.argv];
  // The caller's environment stays out: a proxy set there would be asked for the cluster's own addresses.
  const child = spawn(file, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH, HOME: '/root', LANG: 'C.UTF-8' },
  });
  let ended: string | undefined;
  child.on('error', error => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = `ended with ${code ?? signal}`;
  });
  child.unref();
  await log.close();
  await until(
    `${daemon.title} is up`,
    async () => {
      if (ended !== undefined) throw new GiveUp(`${daemon.title}: ${ended}: ${await logTail(daemon.log)}`);
      return (await ready()) ? true : undefined;
    },
    { deadlineMs, everyMs: 50 },
  );
}

/**
 * Asks the processes of the group that run the program to end, and returns when they have; throws at the
 * deadline.
 */
export async function stopDaemon(group: string, program: string, deadlineMs: number): Promise<void> {
  await signalDaemon(group, program, 'SIGCONT');
  await signalDaemon(group, program, 'SIGTERM');
  await until(
    `end of ${program} in ${group}`,
    async () => ((await pidsOf(group, program)).length === 0 ? true : undefined),
    { deadlineMs, everyMs: 50 },
  );
}

/** The kernel stops a process thread by thread, and a busy machine takes its time. */
const STOP_MS = 10_000;

/**
 * Sends a signal to the processes of the group that run the program, and for SIGSTOP waits until they have stopped.
 * Returns how many there were.
 */
export async function signalDaemon(group: string, program: string, signal: NodeJS.Signals): Promise<number> {
  const pids = await pidsOf(group, program);
  for (const pid of pids) sendSignal(pid, signal);
  if (signal === 'SIGSTOP')
    await until(`stop of ${program} in ${group}`, async () => (await areStopped(pids)) || undefined, {
      deadlineMs: STOP_MS,
      everyMs: 10,
    });
  return pids.length;
}

/** Whether every thread is; `T` is the state after the name, which is in brackets (proc(5)). */
async function areStopped(pids: readonly number[]): Promise<boolean> {
  const threads = await Promise.all(
    pids.map(async pid => (await readdir(`/proc/${pid}/task`)).map(tid => `/proc/${pid}/task/${tid}/stat`)),
  );
  const stats = await Promise.all(threads.flat().map(file => readFile(file, 'utf8').catch(() => ') T')));
  return stats.every(stat => stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'));
}

async function pidsOf(group: string, program: string): Promise<readonly number[]> {
  const pids = await groupPids(group);
  const names = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
  return pids.filter((_, i) => names[i]?.trim() === program);
}

async function logTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  return text.trim().split('\n').slice(-8).join('\n');
}
