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

/**
 * How much of the session timeout a leader may act without an answer. The server declares the session over when it
 * has heard nothing for all of it, so a request sent within this part has the remaining time to arrive.
 */
export const SAFE_PART = 2 / 3;
