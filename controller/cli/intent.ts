import type { MPIJob } from '../api/mpijob.js';
import { canonical } from '../core/digest.js';
import { newRecord, nextStep, withManifest, withRun } from '../core/lifecycle.js';
import type { JobRecord, RunStatus } from '../core/record.js';
import { type StopIntent, stopIntent, stopWords } from '../core/stop-intent.js';

/** What a manifest would mean for its job. */
export interface Intent {
  readonly change: 'new' | 'none' | 'policy' | 'runs';
  /** The job's record as it would become. */
  readonly record: JobRecord;
  /** The open run that would be stopped first, and why. */
  readonly stops?: { readonly run: RunStatus; readonly why: StopIntent };
  /** What follows. */
  readonly next:
    | { readonly kind: 'start-run'; readonly run: RunStatus }
    /** The open run goes on. */
    | { readonly kind: 'go-on'; readonly run: RunStatus }
    /** A run would be started once that has changed. */
    | { readonly kind: 'wait'; readonly reason: string; readonly message: string }
    | { readonly kind: 'stay'; readonly outcome: string; readonly message: string };
}

export interface IntentInputs {
  readonly known: JobRecord | undefined;
  readonly manifest: MPIJob;
  readonly source: string;
  readonly now: number;
}

/** Stands for the id that a new job gets when it is first seen. */
export const NEW_UID = '<uid>';

/** Decides with the controller's own rules; nothing outside is touched. */
export function intentOf({ known, manifest, source, now }: IntentInputs): Intent {
  if (!known) return withNext('new', newRecord(manifest, source, { uid: NEW_UID, now }), now);
  const record = withManifest(known, manifest, source);
  const same = canonical(known.manifest) === canonical(manifest);
  const change = record.generation > known.generation ? 'runs' : same ? 'none' : 'policy';
  const run = record.status.runs.at(-1);
  if (!run || run.outcome !== undefined) return withNext(change, record, now);
  const why = stopIntent(record, run, now, false);
  if (!why) return { change, record, next: { kind: 'go-on', run } };
  return { ...withNext(change, withStopped(record, run, why, now), now), stops: { run, why } };
}

function withNext(change: Intent['change'], record: JobRecord, now: number): Intent {
  const step = nextStep(record, now, true);
  switch (step.kind) {
    case 'start-run':
      return { change, record: withRun(record, step.run), next: step };
    case 'wait':
      return { change, record, next: step };
    case 'finished':
      return { change, record, next: { kind: 'stay', outcome: step.outcome, message: step.message } };
    case 'continue':
      throw new Error(`job ${record.key}: a settled job cannot continue`);
    default:
      return step satisfies never;
  }
}

function withStopped(record: JobRecord, run: RunStatus, why: StopIntent, now: number): JobRecord {
  const reason = why === 'suspended' ? 'Suspended' : why === 'deadline' ? 'DeadlineExceeded' : 'Stopped';
  const outcome = why === 'deadline' ? 'Failed' : 'Cancelled';
  const ended: RunStatus = { ...run, outcome, reason, message: stopWords(why, record), endedAt: now };
  return { ...record, status: { ...record.status, runs: [...record.status.runs.slice(0, -1), ended] } };
}
