import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run bench -- [OPTION…]
       npm run bench -- scale [OPTION…]    what very many jobs cost; see its --help

Measures the time from a manifest's rename into the folder to the first rank's first output.
  B1: against the best script written by hand      B2: against a typical script of docker commands

  --pairs N        pairs that count, after one that is dropped (default: 10)
  --workers LIST   numbers of workers (default: 2,8,16)
  --only B1|B2     one of the two
  --quick          2 workers, 3 pairs
  --write          put the result into docs/explanation/performance.md
  --reuse          use the cluster that --keep left, and the bundles in dist/, as they are
  --keep           leave the cluster`;

export type Benchmark = 'B1' | 'B2';

export interface Options {
  readonly pairs: number;
  readonly workers: readonly number[];
  readonly benchmarks: readonly Benchmark[];
  readonly write: boolean;
  readonly reuse: boolean;
  readonly keep: boolean;
  readonly help: boolean;
}

/** Throws for values that can't be measured. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      pairs: { type: 'string' },
      workers: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      reuse: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { only, quick, write, reuse, keep, help } = values;
  if (only !== undefined && only !== 'B1' && only !== 'B2')
    throw new Error(`--only must be B1 or B2, got ${only}`);
  return {
    pairs: whole('--pairs', values.pairs ?? (quick ? '3' : '10')),
    workers: (values.workers ?? (quick ? '2' : '2,8,16')).split(',').map(text => whole('--workers', text)),
    benchmarks: only === undefined ? ['B1', 'B2'] : [only],
    ...{ write, reuse, keep, help },
  };
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${flag} must be a whole number from 1, got ${text}`);
  return value;
}
