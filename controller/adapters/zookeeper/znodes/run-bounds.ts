import { processes } from '../../../core/desired/mpirun.js';
import type { JobRecord } from '../../../core/model/record.js';

/** How many workers and ranks of a run are read. */
export interface RunBounds {
  readonly workers: number;
  readonly ranks: number;
}

/** The most that a manifest may ask for: 512 workers of 256 slots. */
const MOST: RunBounds = { workers: 512, ranks: 512 * 256 };

/** Programs may have znodes of their own among those that are read; with more of them a run counts as unreadable. */
export const SPARE = { workers: 100, ranks: 1_000, own: 100 } as const;

/** By run id, of the current run of each job. Of one that an edit has replaced, what it asked for isn't known any more. */
export function runBounds(records: Iterable<JobRecord>): (run: string) => RunBounds {
  const bounds = new Map<string, RunBounds>();
  for (const { status, generation, manifest } of records) {
    const run = status.runs.at(-1);
    if (run?.generation === generation)
      bounds.set(run.id, { workers: manifest.spec.workers.replicas, ranks: processes(manifest) });
  }
  return run => bounds.get(run) ?? MOST;
}
