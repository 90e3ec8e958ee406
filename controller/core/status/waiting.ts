import type { Mutable } from '../model/mutable.js';
import type { ReasonName } from '../model/reasons.js';
import { type JobStatus, TIMED, type Waiting } from '../model/record.js';
import { isSameWait } from '../model/waiting.js';
import { reportedLosses } from '../observed/lost-workers.js';
import type { RunView } from '../observed/run-view.js';
import { addEvent } from './events.js';
import type { StatusInputs } from './inputs.js';
import { same } from './same.js';

/** Brings what a job waits on, and since when, to what is known now. */
export function setWaiting(status: Mutable<JobStatus>, waiting: StatusInputs['waiting'], now: number): void {
  const next = waiting.map(w => {
    const known = status.waitingOn.find(one => isSameWait(one, w));
    // After a clock was set back the time counts from now, lest a wait takes as long as the clock went back
    return { ...w, since: Math.min(known?.since ?? now, now) };
  });
  setTimers(status, next);
  if (same(status.waitingOn, next)) return;
  for (const w of next) {
    const warn = WARNINGS.has(w.reason) && !status.waitingOn.some(one => isSameWait(one, w));
    if (warn) addEvent(status, { at: now, type: 'Warning', reason: w.reason, message: w.message });
  }
  status.waitingOn = next;
}

function setTimers(status: Mutable<JobStatus>, waiting: readonly Waiting[]): void {
  const timed = waiting.filter(({ reason }) => TIMED.some(one => one === reason));
  const next = Object.fromEntries(timed.map(({ reason, since }) => [reason, since]));
  if (same(status.timers ?? {}, next)) return;
  if (timed.length > 0) status.timers = next;
  else delete status.timers;
}

/** Kept while the command is being stopped for them, although they may have come back. */
export function setLosses(status: Mutable<JobStatus>, view: RunView): void {
  const next = reportedLosses(view);
  if (same(status.losses ?? [], next)) return;
  if (next.length > 0) status.losses = next;
  else delete status.losses;
}

/** Reasons for waiting that a person should find in the events. */
const WARNINGS = new Set<ReasonName>([
  'ImageUnavailable',
  'AgentUnavailable',
  'NetworkMismatch',
  'Unschedulable',
  'InsufficientResources',
  'AddressesExhausted',
  'PolicyRefused',
  'NoUsableNode',
  'AddressMismatch',
  'NodeUnreachable',
  'RunUnreadable',
  'LauncherUnreachable',
  'WorkerLost',
  'BackOff',
]);
