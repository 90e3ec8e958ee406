import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type AddressedOrder, isEnding, type Signal } from './orders.js';

export interface EverywhereOptions {
  readonly orders: readonly AddressedOrder[];
  /** ssh and its options, before the address. */
  readonly ssh: readonly string[];
  /** The command there, which reads its order from its input. */
  readonly remote: readonly string[];
  /** After the failure of one, the others have this long to end; then their ssh is ended, in milliseconds. */
  readonly limitMs: number;
  /** Folder for what ssh itself has to say; it must be there. */
  readonly logs: string;
  /** For a line about a worker that was lost. */
  readonly say: (line: string) => void;
}

export interface Everywhere {
  /** The first exit code that was not 0, or 0; when the part on every worker has ended. */
  readonly ended: Promise<number>;
  /** Passes a signal on to every rank. */
  signal(name: Signal): void;
}

/** What ssh ends with when it failed itself (ssh(1)); a program may end so too. */
const SSH_FAILED = 255;

/**
 * Starts the ranks of every worker at once, each worker's by one ssh. When a rank fails, or a worker is lost, the
 * others are ended: the end of its input tells a worker's part to end its ranks, also when this process is killed.
 */
export function startEverywhere(options: EverywhereOptions): Everywhere {
  const { ssh, remote, limitMs, logs, say } = options;
  const [file = '', ...args] = ssh;
  let failed = 0;
  let asked = false;
  const fail = (code: number): void => {
    if (failed !== 0 || code === 0) return;
    failed = code;
    for (const { child } of started) child.stdin.end();
    // A worker that has fallen silent would be waited for without end
    setTimeout(() => started.map(({ child }) => child.kill('SIGKILL')), limitMs).unref();
  };
  const started = options.orders.map(({ address, order }) => {
    const log = join(logs, `ssh.${order.worker}.log`);
    const child = spawn(file, [...args, '-E', log, address, ...remote], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    // Its end says whatever there is to say of it
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const ended = new Promise<void>(resolve => {
      child.once('error', error => {
        if (child.pid !== undefined) return; // a signal that could not be sent
        say(`mpiswarm: ${file} cannot be started: ${error.message}`);
        fail(127);
        resolve();
      });
      child.once('exit', (code, signal) => {
        const exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
        const words = exitCode === SSH_FAILED ? lastLine(log) : '';
        // In the words of mpirun for it, by which the controller knows that Swarm is to say what became of the worker
        if (words !== '' && failed === 0 && !asked)
          say(`mpiswarm: connection to worker ${order.worker} at ${address} lost: ${words}`);
        fail(exitCode);
        resolve();
      });
    });
    return { child, ended };
  });
  return {
    ended: Promise.all(started.map(({ ended }) => ended)).then(() => failed),
    signal: name => {
      asked ||= isEnding(name);
      for (const { child } of started) if (child.stdin.writable) child.stdin.write(`${name}\n`);
    },
  };
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1)?.trim() ?? '';
  } catch {
    return ''; // ssh had nothing to say
  }
}
