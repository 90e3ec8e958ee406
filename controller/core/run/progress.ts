import type { RunEnd, Timed } from '../model/record.js';
import type { RunView } from '../observed/run-view.js';

/** How far a run is from its end. Waits have a reason of their own, so that each has its own timer. */
export type RunProgress =
  | { readonly kind: 'open' }
  | { readonly kind: 'wait'; readonly reason: Timed; readonly message: string }
  | { readonly kind: 'ended'; readonly end: RunEnd };

export function ended(end: RunEnd): RunProgress {
  return { kind: 'ended', end };
}

/** Waits with a reason; the record tells since when. After the grace time the run has ended. */
export function waitThen(
  view: RunView,
  wait: { readonly reason: Timed; readonly message: string; readonly graceMs: number },
  end: RunEnd,
): RunProgress {
  const since = view.record.status.timers?.[wait.reason];
  if (since !== undefined && view.now - since > wait.graceMs) return ended(end);
  return { kind: 'wait', reason: wait.reason, message: wait.message };
}
