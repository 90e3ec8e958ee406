import type { JobRecord, JobStatus, RunStatus, Waiting } from './record.js';

/**
 * For how long a run of the job has ended, in milliseconds. By a clock that was set back it is yet to end: then the time counts
 * from when that was noticed.
 * @param waitedMs for how long its clean-up was seen to last, where that is known.
 */
export function endedFor(
  { status }: JobRecord,
  { endedAt }: RunStatus,
  { now, waitedMs }: { readonly now: number; readonly waitedMs?: (what: string) => number | undefined },
): number {
  const waited = waitedMs?.('CleaningUp');
  if (waited !== undefined) return waited;
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

/** What a lost worker's wait is called among those that may take only so long. */
export function lossKey(worker: number): string {
  return `WorkerLost ${worker}`;
}

/** What a launcher's service without any task is called among them. */
export const LAUNCHER_TASKLESS = 'LauncherTaskless';

/** What a node that is back is called among them. */
export const NODE_BACK = 'NodeBack';

/** Since when a job waits for what may take only so long, as it is stored: by reason, or {@link lossKey}. */
export function timedWaits({ timers, losses = [], runs, waitingOn }: JobStatus): ReadonlyMap<string, number> {
  const back = runs.at(-1)?.disruption?.back;
  const taskless = waitingOn.find(({ reason, about }) => reason === 'TaskMissing' && about === 'launcher');
  return new Map([
    ...(taskless ? [[LAUNCHER_TASKLESS, taskless.since] as const] : []),
    ...Object.entries(timers ?? {}),
    ...(back === undefined ? [] : [[NODE_BACK, back] as const]),
    ...losses.map(({ worker, since }) => [lossKey(worker), since] as const),
  ]);
}

/** For how long, by what is stored. */
export function storedWaits({ status }: JobRecord, now: number): (what: string) => number | undefined {
  const since = timedWaits(status);
  return what => {
    const from = since.get(what);
    return from === undefined ? undefined : now - from;
  };
}
