import type { JobRecord, RunStatus, Waiting } from './record.js';

/**
 * For how long a run of the job has ended, in milliseconds. By a clock that was set back it is yet to end: then the time counts
 * from when that was noticed.
 */
export function endedFor({ status }: JobRecord, { endedAt }: RunStatus, now: number): number {
  if (endedAt !== undefined && endedAt <= now) return now - endedAt;
  return now - (status.timers?.CleaningUp ?? now);
}

/** What a wait is about that stands for many workers; some of them may go on to wait alone. */
export const ALL_ALIKE = 'workers';

/** Whether two waits are one that goes on: its words may change meanwhile. */
export function isSameWait(a: Wait, b: Wait): boolean {
  const alike = a.about === b.about || a.about === ALL_ALIKE || b.about === ALL_ALIKE;
  return a.for === b.for && a.reason === b.reason && alike;
}

type Wait = Pick<Waiting, 'for' | 'reason' | 'about'>;
