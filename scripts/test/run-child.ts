import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Order } from './model/messages.js';

export interface ChildOptions {
  readonly order: Order;
  /** Words before the command, as to run it in a namespace. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly hear: (message: Message) => void;
  /** A line that a test printed. */
  readonly line: (text: string) => void;
}

/** For what it said last to arrive. A daemon that a test forgot may hold the output open for ever. */
const CLOSE_MS = 2_000;

const running = new Set<ChildProcess>();

/**
 * Runs scripts/test/child/main.ts to its end. Returns how it ended where that is not in order: it has not said `end`.
 */
export async function runChild({
  order,
  prefix = [],
  env = {},
  hear,
  line,
}: ChildOptions): Promise<string | undefined> {
  const argv = [
    ...prefix,
    process.execPath,
    '--import',
    'tsx',
    'scripts/test/child/main.ts',
    JSON.stringify(order),
  ];
  const [file = '', ...args] = argv;
  // In a process group of its own, so that Ctrl-C reaches it through this process, in good order.
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: { ...process.env, ...env },
  });
  running.add(child);
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()));
  let isOver = false;
  child.on('message', (message: Message) => {
    isOver ||= message.kind === 'end' || message.kind === 'listed';
    hear(message);
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on('line', line);
  const end = await new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
  });
  running.delete(child);
  killGroup(child, 'SIGKILL');
  await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
  return isOver ? undefined : end;
}

/** Ends all that run: `SIGTERM` lets them run the hooks that clean up. */
export function endChildren(signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const child of running) {
    if (signal === 'SIGKILL') killGroup(child, signal);
    else child.kill(signal);
  }
}

export const areChildrenRunning = (): boolean => running.size > 0;

/** What a test started and forgot is in the same process group. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
