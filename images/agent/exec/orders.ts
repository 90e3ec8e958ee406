/** The orders for the part on a worker, as JSON on the first line of its input. */
export interface Order {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Working directory: the one of the launcher, whose image is the same. */
  readonly cwd: string;
  readonly worker: number;
  readonly workers: number;
  /** Ranks `first` to `first + count - 1` of all `ranks`. */
  readonly first: number;
  readonly count: number;
  readonly ranks: number;
}

/** Signals that ranks are sent on; the sender of a terminating one knows why they end. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
export type Signal = (typeof SIGNALS)[number];

export function isEnding(signal: Signal): boolean {
  return signal !== 'SIGUSR1' && signal !== 'SIGUSR2';
}

export interface AddressedOrder {
  readonly address: string;
  readonly order: Order;
}

/**
 * One order for each line `ADDRESS slots=N` of a hostfile; ranks fill the slots in its order, as mpirun does it by slot.
 * Throws on a malformed line: the launcher's agent has written the file.
 */
export function orders(hostfile: string, argv: readonly string[], cwd: string): readonly AddressedOrder[] {
  const hosts = hostfile
    .trimEnd()
    .split('\n')
    .map(line => {
      const [, address, slots] = /^(\S+) slots=(\d+)$/.exec(line) ?? [];
      if (address === undefined) throw new Error(`hostfile: expected "ADDRESS slots=N", got "${line}"`);
      return { address, count: Number(slots) };
    });
  const ranks = hosts.reduce((sum, { count }) => sum + count, 0);
  let next = 0;
  return hosts.map(({ address, count }, worker) => {
    const first = next;
    next += count;
    return { address, order: { argv, cwd, worker, workers: hosts.length, first, count, ranks } };
  });
}
