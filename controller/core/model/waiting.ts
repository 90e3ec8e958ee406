import { CLEANING_UP } from './reason.js';
import type { JobRecord, RunStatus, Waiting } from './record.js';

type Wait = Pick<Waiting, 'reason' | 'message'>;

/** Since when the job has been waiting for the same, milliseconds since the epoch; undefined: it has not. */
export function waitingSince({ status }: JobRecord, wait: Wait): number | undefined {
  return status.waitingOn.find(known => known.reason === wait.reason && subject(known) === subject(wait))
    ?.since;
}

/**
 * For how long a run of the job has ended, in milliseconds. By a clock that was set back it is yet to end: then the time counts
 * from when that was noticed.
 */
export function endedFor({ status }: JobRecord, { endedAt }: RunStatus, now: number): number {
  if (endedAt !== undefined && endedAt <= now) return now - endedAt;
  return now - (status.waitingOn.find(({ reason }) => reason === CLEANING_UP)?.since ?? now);
}

/** `worker 3` of "worker 3: connection refused": what a wait is about stays the same while its words change. */
export function subject({ message }: Pick<Waiting, 'message'>): string {
  return message.split(':')[0] ?? '';
}
