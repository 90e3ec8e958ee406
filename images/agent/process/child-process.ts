import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { given } from '../../../controller/shared/given.js';
import { type OutputBudget, outputBudget } from './output-budget.js';
import { Tail } from './tail.js';

export interface CommandOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From a SIGTERM sent by {@link RunningCommand.stop} to SIGKILL, in milliseconds. */
  readonly graceMs: number;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** What goes on of the output; absent: all. */
  readonly budget?: OutputBudget;
  /** Signals go to the command alone, as mpirun expects it, or to its whole process group. */
  readonly signals?: 'command' | 'group';
}

export interface CommandEnd {
  /** 0-255; 128 + n for signal n; 127 not found, 126 found but could not be started. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Of both together, what was passed on; absent: all. */
  readonly keptBytes?: number;
  /** At most the last 4 KiB of standard error, or of standard output where that is empty. */
  readonly tail: string;
}

export interface RunningCommand {
  readonly ended: Promise<CommandEnd>;
  /** Passes a signal on to the command; a command that has ended gets none. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM now, SIGKILL to the command's whole group after the grace time. */
  stop(): void;
}

/** Output may still be held open by processes that outlive the command; it is read this long and no longer. */
const DRAIN_MS = 2000;

/**
 * Starts the command and passes its output through. A slow reader slows the command down and not the agent: the output is
 * written through the thread pool, because a blocked write in the agent itself would stop its ZooKeeper session.
 */
export function startCommand(options: CommandOptions): RunningCommand {
  const [file = '', ...args] = options.argv;
  const child = spawn(file, args, {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that SIGKILL reaches what it started here
  });
  const errors = options.stderr ?? descriptor(2);
  const { budget = outputBudget() } = options;
  let kept = 0;
  let cut = false;
  const admit = (chunk: Buffer): Buffer => {
    const admitted = chunk.subarray(0, budget.admit('command', chunk));
    kept += admitted.length;
    if (admitted.length < chunk.length && !cut) {
      cut = true;
      errors.write(`\nmpiswarm: ${budget.words('command')}; the program goes on\n`);
    }
    return admitted;
  };
  const stdout = passThrough(child.stdout, options.stdout ?? descriptor(1), admit);
  const stderr = passThrough(child.stderr, errors, admit);
  const send = (name: NodeJS.Signals): void =>
    void (options.signals === 'group' ? signalGroup(child.pid, name) : child.kill(name));
  let running = true;
  let killTimer: NodeJS.Timeout | undefined;

  const ended = new Promise<CommandEnd>(resolve => {
    const finish = async (exitCode: number, signal?: NodeJS.Signals) => {
      running = false;
      clearTimeout(killTimer);
      await Promise.race([Promise.all([stdout.done, stderr.done]), pause(DRAIN_MS)]);
      const tail = stderr.bytes() > 0 ? stderr.tail() : stdout.tail();
      const counts = { stdoutBytes: stdout.bytes(), stderrBytes: stderr.bytes(), tail };
      resolve({ exitCode, ...given({ signal, keptBytes: cut ? kept : undefined }), ...counts });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return; // a signal that could not be sent: the command still runs
      const message = startError(file, error);
      stderr.add(Buffer.from(`${message}\n`));
      errors.write(`${message}\n`);
      void finish(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('exit', (code, signal) => {
      void finish(signal === null ? (code ?? 1) : 128 + constants.signals[signal], signal ?? undefined);
    });
  });

  return {
    ended,
    signal: name => {
      if (running) send(name);
    },
    stop: () => {
      if (!running) return;
      send('SIGTERM');
      killTimer ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), options.graceMs);
    },
  };
}

function startError(file: string, error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT'
    ? `${file}: not found in the image; install it there, or correct PATH`
    : `${file}: cannot be started: ${error.message}`;
}

/** A stream to one of the container's own; written through the thread pool. */
export function descriptor(fd: 1 | 2): Writable {
  return createWriteStream('', { fd, autoClose: false });
}

interface Passage {
  readonly done: Promise<void>;
  bytes(): number;
  tail(): string;
  add(chunk: Buffer): void;
}

/**
 * Copies `from` to `to` until it ends, waiting for the reader; a reader that is gone gets nothing more.
 * @param admit what of a chunk goes on; all is counted.
 */
function passThrough(from: Readable, to: Writable, admit: (chunk: Buffer) => Buffer): Passage {
  const tail = new Tail();
  let bytes = 0;
  let readerGone = false;
  to.on('error', () => {
    readerGone = true; // the container's log is gone; the command runs on, its output is counted
    from.resume();
  });
  const add = (chunk: Buffer) => {
    bytes += chunk.length;
    tail.add(chunk);
  };
  from.on('data', (chunk: Buffer) => {
    add(chunk);
    const admitted = admit(chunk);
    if (readerGone || admitted.length === 0 || to.write(admitted)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  const done = new Promise<void>(resolve => {
    from.once('close', () => (readerGone ? resolve() : to.write('', () => resolve())));
  });
  return { done, bytes: () => bytes, tail: () => tail.text(), add };
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // the group has ended in the meantime
  }
}
