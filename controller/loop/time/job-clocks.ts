import type { JobInputs } from '../../core/job/inputs.js';
import { rebased } from '../../core/job/rebase.js';
import type { JobRecord } from '../../core/model/record.js';
import type { Runtime } from '../../ports/runtime.js';
import { ClockJumps } from './clock-jumps.js';
import { Stopwatches } from './stopwatches.js';

type Stored = ReadonlyMap<string, { readonly record: JobRecord; readonly version: number }>;

export interface Reading {
  readonly now: number;
  readonly elapsed: number;
  /** By how much the clock jumped since the last tick, in milliseconds; 0: not at all. */
  readonly jump: number;
}

/**
 * The times by which jobs are judged. Short waits count by a clock that never jumps. Deadlines of hours must outlive a controller, so
 * they count by the clock that people set; where that jumps, the times that are stored jump along.
 */
export class JobClocks {
  readonly #jumps = new ClockJumps();
  readonly #waits = new Stopwatches();
  /** By how much the times of a record are off, in the version in which it was stored then. */
  readonly #off = new Map<string, { readonly ms: number; readonly version: number }>();

  constructor(private readonly runtime: Runtime) {}

  /** A term begins: what an earlier one has measured does not count. */
  begin(): void {
    this.#waits.clear();
    this.#off.clear();
  }

  /** The time of a tick that has read these records. */
  read(jobs: Stored): Reading {
    const [now, elapsed] = [this.runtime.now(), this.runtime.elapsed()];
    const jump = this.#jumps.read(now, elapsed);
    if (jump !== 0) {
      for (const [key, { version }] of jobs) {
        const before = this.#offset(key, version);
        this.#off.set(key, { ms: before + jump, version });
      }
    }
    return { now, elapsed, jump };
  }

  /** What a job is assessed by. */
  inputs(
    {
      key,
      stored,
    }: { readonly key: string; readonly stored: { record: JobRecord; version: number } | undefined },
    { now, elapsed }: Reading,
  ): Pick<JobInputs, 'now' | 'record' | 'waitedMs'> {
    if (!stored) return { now, record: undefined };
    const ms = this.#offset(key, stored.version);
    if (ms === 0) this.#off.delete(key);
    this.#waits.note(stored.record, elapsed);
    return { now, record: rebased(stored.record, ms, now), waitedMs: this.#waits.of(key, elapsed) };
  }

  /** The record is stored so. */
  stored(record: JobRecord, { elapsed }: Reading): void {
    this.#off.delete(record.key);
    this.#waits.note(record, elapsed);
  }

  forget(key: string): void {
    this.#off.delete(key);
    this.#waits.forget(key);
  }

  /** A record that has another version by now has been written, and by nobody but this controller. */
  #offset(key: string, version: number): number {
    const off = this.#off.get(key);
    return off?.version === version ? off.ms : 0;
  }
}
