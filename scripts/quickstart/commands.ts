import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Place } from './place.js';

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `mpiswarm up`. It does not get the terminal's Ctrl-C: {@link stop} ends it, once. */
export function start(place: Place, argv: readonly string[]): ChildProcess {
  const [file, ...args] = command(place, argv);
  return spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true, env: env() });
}

/** Runs a command of `mpiswarm` to its end; Ctrl-C does not end it. */
export async function run(place: Place, argv: readonly string[], stdio: 'inherit' | 'pipe'): Promise<Ended> {
  const [file, ...args] = command(place, argv);
  const child = spawn(file, args, { stdio: ['ignore', stdio, stdio], detached: true, env: env() });
  const read = async (stream: typeof child.stdout): Promise<string> => (stream === null ? '' : text(stream));
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

function command({ prefix }: Place, argv: readonly string[]): readonly [string, ...string[]] {
  const [first = process.execPath, ...rest] = [...prefix, process.execPath, 'dist/mpiswarm.js', ...argv];
  return [first, ...rest];
}

/**
 * Without the settings of mpiswarm that are for other uses of it; the folder of the image cache, which is not a
 * setting, goes with them.
 */
function env(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MPISWARM_')));
}
