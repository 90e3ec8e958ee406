import type { ReasonName } from './reasons.js';
import {
  FORMAT,
  type JobRecord,
  type JobStatus,
  type RunStatus,
  type StopIntent,
  TIMED,
  type Waiting,
} from './record.js';

/**
 * A record that version 0.1.0 stored, with what later versions store apart: it kept timers, losses and what a wait is about in the
 * texts of `waitingOn`, and why a run was ended in its reason. A record of this version stays the same object.
 */
export function upgraded(record: JobRecord): JobRecord {
  if (record.format === FORMAT) return record;
  const { status } = record;
  const more = { ...timers(status), ...losses(status), ...suspended(status) };
  const [runs, waitingOn] = [status.runs.map(withStopped), status.waitingOn.map(withAbout)];
  return { ...record, format: FORMAT, status: { ...status, ...more, runs, waitingOn } };
}

/** The reason of a run that was ended for each intent. */
const ENDED_FOR: Readonly<Partial<Record<ReasonName, StopIntent>>> = {
  ManifestRemoved: 'deleted',
  Superseded: 'superseded',
  CancelRequested: 'cancelled',
  Suspended: 'suspended',
};

function withStopped(run: RunStatus): RunStatus {
  const stopped = run.outcome === 'Cancelled' ? ENDED_FOR[run.reason ?? 'Unknown'] : undefined;
  return stopped === undefined ? run : { ...run, stopped };
}

function timers({ waitingOn }: JobStatus): Pick<JobStatus, 'timers'> {
  const timed = waitingOn.filter(({ reason }) => TIMED.some(one => one === reason));
  if (timed.length === 0) return {};
  return { timers: Object.fromEntries(timed.map(({ reason, since }) => [reason, since])) };
}

function losses({ waitingOn }: JobStatus): Pick<JobStatus, 'losses'> {
  const lost = waitingOn.filter(({ reason }) => reason === 'WorkerLost');
  if (lost.length === 0) return {};
  const worker = (message: string): number => Number(/^worker (\d+)/.exec(message)?.[1] ?? -1);
  return { losses: lost.map(({ message, since }) => ({ worker: worker(message), since, message })) };
}

function suspended(status: JobStatus): Pick<JobStatus, 'suspended'> {
  const was = status.phase === 'pending' && status.outcome === undefined && status.reason === 'Suspended';
  return was ? { suspended: true } : {};
}

/** As in "worker 3 (gpu): …", "a worker 7 registered …", "agent on node n1: …". */
const ABOUT =
  /^(?:a |agent on node )?(worker \d+(?: \([^)]*\))?|launcher|(?<=^agent on node )[^\s:]+)(?=[: ])/;

function withAbout(wait: Waiting): Waiting {
  const about = ABOUT.exec(wait.message)?.[1];
  return about === undefined ? wait : { ...wait, about };
}
