import type { Timed } from '../model/record.js';
import type { RunEnd } from '../model/run-end.js';
import type { RunView } from '../observed/run-view.js';

/** How far a run is from its end. Waits have a reason of their own, so that each has its own timer. */
export type RunProgress =
  | { readonly kind: 'open' }
  | { readonly kind: 'wait'; readonly reason: Timed; readonly message: string }
  | { readonly kind: 'ended'; readonly end: RunEnd };

export function ended(end: RunEnd): RunProgress {
  return { kind: 'ended', end };
}

export interface Grace {
  readonly reason: Timed;
  readonly message: string;
  readonly graceMs: number;
}

/** Waits with a reason. After the grace time the run has ended. */
export function waitThen(view: RunView, { reason, message, graceMs }: Grace, end: RunEnd): RunProgress {
  const waited = view.waitedMs(reason);
  if (waited !== undefined && waited > graceMs) return ended(end);
  return { kind: 'wait', reason, message };
}
