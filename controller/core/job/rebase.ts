import type { JobRecord, JobStatus, RunStatus } from '../model/record.js';
import { withEvent } from '../status/status.js';

/**
 * The record after the clock jumped: the times from which something counts have jumped along, so that a deadline is neither over at once nor
 * postponed. What has happened, events and conditions, stays as it was seen then. The same reference if there was no jump.
 */
export function rebased(record: JobRecord, jumpMs: number, now: number): JobRecord {
  if (jumpMs === 0) return record;
  const next = { ...record, status: shifted(record.status, jumpMs) };
  if (record.status.phase === 'done') return next;
  const message = `the controller's clock jumped ${jumpWords(jumpMs)}; deadlines are moved by that much`;
  return withEvent(next, { at: now, type: 'Warning', reason: 'ClockJumped', message });
}

/** `ahead by 25 h` */
export function jumpWords(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const amount =
    seconds < 600
      ? `${seconds} s`
      : seconds < 36_000
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3_600)} h`;
  return `${ms > 0 ? 'ahead' : 'back'} by ${amount}`;
}

function shifted(status: JobStatus, ms: number): JobStatus {
  const { startTime, completionTime, timers, losses } = status;
  return {
    ...status,
    ...(startTime === undefined ? {} : { startTime: startTime + ms }),
    ...(completionTime === undefined ? {} : { completionTime: completionTime + ms }),
    ...(timers === undefined ? {} : { timers: shiftedAll(timers, ms) }),
    ...(losses === undefined ? {} : { losses: losses.map(loss => ({ ...loss, since: loss.since + ms })) }),
    waitingOn: status.waitingOn.map(wait => ({ ...wait, since: wait.since + ms })),
    runs: status.runs.map(run => shiftedRun(run, ms)),
  };
}

function shiftedRun(run: RunStatus, ms: number): RunStatus {
  const { startedAt, endedAt, disruption } = run;
  const back = disruption?.back;
  return {
    ...run,
    createdAt: run.createdAt + ms,
    phases: shiftedAll(run.phases, ms),
    ...(startedAt === undefined ? {} : { startedAt: startedAt + ms }),
    ...(endedAt === undefined ? {} : { endedAt: endedAt + ms }),
    ...(disruption && back !== undefined ? { disruption: { ...disruption, back: back + ms } } : {}),
  };
}

function shiftedAll<Times extends Readonly<Partial<Record<string, number>>>>(
  times: Times,
  ms: number,
): Times {
  const entries = Object.entries(times) as readonly (readonly [string, number])[];
  return Object.fromEntries(entries.map(([name, at]) => [name, at + ms])) as Times;
}
