import type { JobRecord, RunStatus, Waiting } from './record.js';

/**
 * For how long a run of the job has ended, in milliseconds. By a clock that was set back it is yet to end: then the time counts
 * from when that was noticed.
 */
export function endedFor({ status }: JobRecord, { endedAt }: RunStatus, now: number): number {
  if (endedAt !== undefined && endedAt <= now) return now - endedAt;
  return now - (status.timers?.CleaningUp ?? now);
}

/** Whether two waits are one that goes on: its words may change meanwhile. */
export function isSameWait(a: Wait, b: Wait): boolean {
  return a.for === b.for && a.reason === b.reason && a.about === b.about;
}

type Wait = Pick<Waiting, 'for' | 'reason' | 'about'>;
