import { type RunningCommand, startCommand } from '../process/child-process.js';
import { isEnding, type Order, type Signal } from './orders.js';

export interface RanksOptions {
  readonly order: Order;
  /** Starts a rank and records where: the program and its arguments follow. */
  readonly recorder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the SIGTERM by which ranks are ended to SIGKILL, in milliseconds. */
  readonly graceMs: number;
  /** For a line about a rank that failed. */
  readonly say: (line: string) => void;
}

export interface Ranks {
  /** The first exit code that was not 0, or 0; when all ranks of this worker have ended. */
  readonly ended: Promise<number>;
  /** Passes a signal on to the process group of each rank. */
  signal(name: Signal): void;
  /** SIGTERM, and SIGKILL after the grace time. */
  end(): void;
}

/** Starts the ranks of one worker. When one fails, the others are ended. */
export function startRanks(options: RanksOptions): Ranks {
  const { order, recorder, env, graceMs, say } = options;
  let failed = 0;
  let asked = false;
  const end = (): void => {
    asked = true;
    for (const command of commands) command.stop();
  };
  const commands: readonly RunningCommand[] = Array.from({ length: order.count }, (_, i) =>
    startCommand({
      argv: [recorder, ...order.argv],
      env: { ...env, ...rankEnv(order, order.first + i) },
      graceMs,
      signals: 'group',
    }),
  );
  const each = commands.map(async ({ ended }, i) => {
    const { exitCode, signal } = await ended;
    if (exitCode === 0 || failed !== 0) return;
    failed = exitCode;
    const how = signal === undefined ? `exited with code ${exitCode}` : `was ended by ${signal}`;
    if (!asked) say(`mpiswarm: rank ${order.first + i} on worker ${order.worker} ${how}`);
    end();
  });
  return {
    ended: Promise.all(each).then(() => failed),
    signal: name => {
      asked ||= isEnding(name);
      for (const command of commands) command.signal(name);
    },
    end,
  };
}

/** By these a program finds its place. */
function rankEnv(order: Order, rank: number): Readonly<Record<string, string>> {
  return {
    MPISWARM_RANK: String(rank),
    MPISWARM_RANKS: String(order.ranks),
    MPISWARM_LOCAL_RANK: String(rank - order.first),
    MPISWARM_WORKER: String(order.worker),
    MPISWARM_WORKERS: String(order.workers),
  };
}
