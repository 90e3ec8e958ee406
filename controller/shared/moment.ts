import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

/** A point in time on clocks that can't be set. */
export interface Moment {
  /** Goes on while the process is stopped. */
  readonly monotonicMs: number;
  /** Since the machine was started; also goes on while the machine sleeps. */
  readonly bootMs: number;
}

export function moment(): Moment {
  return { monotonicMs: performance.now(), bootMs: uptime() * 1_000 };
}

/** Milliseconds from one moment to another, by the clock that shows more of them. */
export function elapsedMs(from: Moment, to: Moment = moment()): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.bootMs - from.bootMs);
}
