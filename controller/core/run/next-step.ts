import { backoff } from '../../shared/backoff.js';
import { given } from '../../shared/given.js';
import { runId } from '../model/names.js';
import { PACKAGE_UNAVAILABLE } from '../model/reason.js';
import type { ReasonName } from '../model/reasons.js';
import type { JobRecord, RunStatus } from '../model/record.js';
import { MAX_RUNS } from '../model/record.js';
import type { NextStep, Step } from '../model/step.js';
import { isPaused } from '../text/pause.js';
import { failureAction } from './failure-policy.js';

/** Kubernetes' back-off between attempts of a Job: 10 s, doubled each time, at most 6 minutes. */
const BACKOFF_MS = { first: 10_000, longest: 360_000 } as const;

/**
 * What is next for a job whose manifest is there.
 * @param follows what follows once the current run is settled: {@link afterRun}.
 * @param settled the current run has its outcome, its output is stored, and what its clean-up removes is gone.
 */
export function nextStep(record: JobRecord, follows: NextStep, settled: boolean): Step {
  if (settled || record.status.runs.length === 0 || finished(record)) return follows;
  return { kind: 'continue' };
}

/** What follows once the current run, where there is one, is settled. */
export function afterRun(record: JobRecord, now: number): NextStep {
  const { suspend, cancel } = record.manifest.spec.runPolicy;
  const run = record.status.runs.at(-1);
  const over = finished(record);
  // First match wins
  if (over) return over;
  // The run whose end counts, and what would follow it
  const last = run && isFresh(record, run) ? run : undefined;
  const retry = last && retryOf(record, last);
  if (last && retry?.kind !== 'after')
    return { ...endOf(last), ...(retry ? { message: retry.message } : {}) };
  if (cancel) return CANCELLED;
  if (suspend) return SUSPENDED;
  if (last && isOverdue(record, now)) return overdue(record);
  if (last && retry?.kind === 'after') {
    const until = (last.endedAt ?? now) + retry.pauseMs;
    if (isPaused(until, now, retry.pauseMs))
      return { kind: 'wait', reason: 'BackOff', message: retry.message };
  }
  if (lacksPackage(record)) return packageless(record);
  return { kind: 'start-run', run: newRun(record, now) };
}

type Finished = Extract<Step, { kind: 'finished' }>;

/** It is of this generation and was not suspended: whether another run follows is for its end to say. */
function isFresh(record: JobRecord, run: RunStatus): boolean {
  return run.generation === record.generation && run.stopped !== 'suspended';
}

function endOf({ outcome = 'Failed', reason = 'Unknown', message = '' }: RunStatus): Finished {
  return { kind: 'finished', outcome, reason, message };
}

/** Kubernetes counts a Job's active deadline from its first attempt, over all attempts and the pauses between them. */
export function isOverdue({ manifest, status }: JobRecord, now: number): boolean {
  const seconds = manifest.spec.runPolicy.activeDeadlineSeconds;
  return seconds !== undefined && now - (status.startTime ?? now) > seconds * 1_000;
}

function overdue({ manifest }: JobRecord): Finished {
  const seconds = manifest.spec.runPolicy.activeDeadlineSeconds ?? 0;
  const message = `the job took longer than ${seconds} s`;
  return { kind: 'finished', outcome: 'Failed', reason: 'DeadlineExceeded', message };
}

/**
 * A job that has ended stays so until its generation changes: while more of it is removed, when a limit that it reached
 * is raised, and when the cancel that ended it is lifted, whether or not it had a run by then.
 */
function finished({ status, generation }: JobRecord): Finished | undefined {
  const { outcome, reason = 'Unknown', message = '', observedGeneration } = status;
  if (outcome === undefined || observedGeneration !== generation) return undefined;
  return { kind: 'finished', outcome, reason, message };
}

/** Whether the job has ended for good, as it is now: nothing that is seen of its run makes a difference any more. */
export function isOver(record: JobRecord): boolean {
  return finished(record) !== undefined;
}

const CANCELLED: NextStep = {
  kind: 'finished',
  outcome: 'Cancelled',
  reason: 'CancelRequested',
  message: 'spec.runPolicy.cancel is true',
};

const SUSPENDED: NextStep = { kind: 'wait', reason: 'Suspended', message: 'spec.runPolicy.suspend is true' };

/** Nothing of a run is made before it is known what the run is to have. */
function lacksPackage({ manifest, package: content }: JobRecord): boolean {
  return manifest.spec.package !== undefined && content === undefined;
}

function packageless({ manifest }: JobRecord): NextStep {
  const message = `package ${manifest.spec.package} is not there`;
  return { kind: 'wait', reason: PACKAGE_UNAVAILABLE, message };
}

/** Ends that another attempt cannot change: the job took too long, or a person must mend the image or the manifest. */
const FINAL = new Set<ReasonName>([
  'DeadlineExceeded',
  'StartDeadlineExceeded',
  'LauncherFault',
  'WorkerFault',
]);

/** All that is missing is ZooKeeper's word on it: what ended well is not run again unasked. */
function mayHaveSucceeded({ reason, exitCode }: RunStatus): boolean {
  return reason === 'ZnodesLost' && exitCode === 0;
}

type Retry =
  | { readonly kind: 'after'; readonly pauseMs: number; readonly message: string }
  /** None follows, by a rule of the failure policy. */
  | { readonly kind: 'never'; readonly message: string };

/** Whether another run follows, and after which pause; undefined: none, and the run's own end says all of it. */
function retryOf(record: JobRecord, run: RunStatus): Retry | undefined {
  if (run.outcome !== 'Failed' || FINAL.has(run.reason ?? 'Unknown') || mayHaveSucceeded(run))
    return undefined;
  const { action, rule } = failureAction(record.manifest, run);
  const why = run.message ?? run.reason ?? '';
  if (action === 'FailJob') {
    return { kind: 'never', message: `${why}; not retried, by ${rule} (FailJob)` };
  }
  const failed = failures(run);
  const counted = failed - ignored(record, run);
  const { backoffLimit } = record.manifest.spec.runPolicy;
  if (action === 'Count' && counted > backoffLimit) return undefined;
  const pauseMs = backoff(failed, BACKOFF_MS);
  const which =
    action === 'Ignore'
      ? `attempt ${failed} failed and does not count, ${rule ? `by ${rule} (Ignore)` : 'as it was disrupted'}`
      : `attempt ${counted} of ${backoffLimit + 1} failed`;
  const message = `${which} (${why}); the next one starts ${pauseMs / 1_000} s after it`;
  return { kind: 'after', pauseMs, message };
}

function newRun(record: JobRecord, now: number): RunStatus {
  const last = record.status.runs.at(-1);
  const number = (last?.number ?? 0) + 1;
  const id = runId(record.manifest.metadata.name, record.uid, number);
  const same = last?.generation === record.generation ? last : undefined;
  const failed = same ? failures(same) : 0;
  const uncounted = same ? ignored(record, same) : 0;
  const { rerun, unreachableSeconds } = record.manifest.spec.runPolicy;
  return {
    number,
    id,
    generation: record.generation,
    createdAt: now,
    ...(failed > 0 ? { failures: failed } : {}),
    ...(uncounted > 0 ? { ignored: uncounted } : {}),
    ...given({ rerun, unreachableSeconds }),
    phases: { pending: now },
  };
}

/** How many runs of its generation have failed up to this one; the record forgets old runs, so each run counts. */
function failures(run: RunStatus): number {
  return (run.failures ?? 0) + (run.outcome === 'Failed' ? 1 : 0);
}

/** How many of those do not count against the limit. */
function ignored({ manifest }: JobRecord, run: RunStatus): number {
  const own = run.outcome === 'Failed' && failureAction(manifest, run).action === 'Ignore';
  return (run.ignored ?? 0) + (own ? 1 : 0);
}

/** The record with one run more; the oldest ended ones make room. */
export function withRun(record: JobRecord, run: RunStatus): JobRecord {
  const runs = [...record.status.runs, run].slice(-MAX_RUNS);
  const {
    outcome: _o,
    exitCode: _e,
    completionTime: _c,
    reason: _r,
    message: _m,
    ranks: _k,
    timers: _t,
    suspended: _s,
    losses: _l,
    ...status
  } = record.status;
  return {
    ...record,
    status: {
      ...status,
      runs,
      startTime: freshStart(record) ? run.createdAt : (status.startTime ?? run.createdAt),
    },
  };
}

/** Deadlines count from a generation's first attempt, and restart when a suspended job resumes, as in Kubernetes. */
function freshStart(record: JobRecord): boolean {
  const last = record.status.runs.at(-1);
  return last === undefined || !isFresh(record, last) || record.status.suspended === true;
}
