import type { JobRecord } from '../../core/model/record.js';
import { timedWaits } from '../../core/model/waiting.js';

/**
 * How long jobs have waited for what may take only so long, by a clock that never jumps. What an earlier term saw does not count:
 * its clock may have been another one.
 */
export class Stopwatches {
  readonly #jobs = new Map<string, ReadonlyMap<string, number>>();

  /** Starts what the record waits for from now on, and forgets what it no longer waits for. */
  note({ key, status }: JobRecord, elapsed: number): void {
    const waits = [...timedWaits(status).keys()];
    if (waits.length === 0) {
      this.#jobs.delete(key);
      return;
    }
    const known = this.#jobs.get(key);
    this.#jobs.set(key, new Map(waits.map(what => [what, known?.get(what) ?? elapsed])));
  }

  /** For how long a job has waited for something; undefined: not seen yet. */
  of(key: string, elapsed: number): (what: string) => number | undefined {
    const since = this.#jobs.get(key);
    return what => {
      const from = since?.get(what);
      return from === undefined ? undefined : elapsed - from;
    };
  }

  forget(key: string): void {
    this.#jobs.delete(key);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
