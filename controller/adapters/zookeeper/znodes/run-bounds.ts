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

/** Of the current run of each job. Of one that an edit has replaced, what it asked for isn't known any more. */
export class KnownBounds {
  #bounds = new Map<string, RunBounds>();

  /** Forgets all but those of these records. */
  begin(records: readonly JobRecord[]): void {
    this.#bounds = new Map();
    for (const record of records) this.note(record);
  }

  note({ status, generation, manifest }: JobRecord): void {
    const run = status.runs.at(-1);
    if (run?.generation === generation)
      this.#bounds.set(run.id, { workers: manifest.spec.workers.replicas, ranks: processes(manifest) });
    else if (run) this.#bounds.delete(run.id);
  }

  of(run: string): RunBounds {
    return this.#bounds.get(run) ?? MOST;
  }
}
