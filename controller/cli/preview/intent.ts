import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { affectsRun, changedFields, changedPackage, type FieldChange } from '../../core/job/changes.js';
import { applyEdit } from '../../core/job/edit.js';
import { newRecord } from '../../core/job/record.js';
import type { ReasonName } from '../../core/model/reasons.js';
import type { JobRecord, RunStatus, StopIntent } from '../../core/model/record.js';
import { afterRun, withRun } from '../../core/run/next-step.js';
import { STOP_ENDS } from '../../core/run/run-end.js';
import { stopIntent, stopWords } from '../../core/run/stop.js';

/** What kind of edit it is. */
export type Change =
  | 'new'
  | 'none'
  | 'policy'
  | 'runs'
  | 'rerun'
  | 'cancel'
  | 'suspend'
  | 'resume'
  | 'delete';

/** What a manifest would mean for its job. */
export interface Intent {
  readonly change: Change;
  /** What it gives otherwise than the manifest that is known; empty for a new job. */
  readonly fields: readonly FieldChange[];
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
    | { readonly kind: 'wait'; readonly reason: ReasonName; readonly message: string }
    | { readonly kind: 'stay'; readonly outcome: string; readonly message: string }
    /** Nothing of the job stays. */
    | { readonly kind: 'remove' };
}

export interface IntentInputs {
  readonly known: JobRecord | undefined;
  readonly manifest: MPIJob;
  readonly source: string;
  /** What is in its package. */
  readonly package?: PackageContent;
  readonly now: number;
}

/** Stands for the id that a new job gets when it is first seen. */
const NEW_UID = '<uid>';

/** Decides with the controller's own rules; nothing outside is touched. */
export function intentOf({ known, manifest, source, now, package: content }: IntentInputs): Intent {
  const packaged = content ? { package: content } : {};
  if (!known)
    return {
      change: 'new',
      fields: [],
      ...following(newRecord(manifest, source, { uid: NEW_UID, now, ...packaged }), now),
    };
  const record = applyEdit(known, { manifest, source, ...packaged }, now);
  const fields = [...changedFields(known.manifest, manifest), ...changedPackage(known, record)];
  const kind = { change: changeOf(known, record, fields), fields };
  const run = record.status.runs.at(-1);
  if (!run || run.outcome !== undefined) return { ...kind, ...following(record, now) };
  const why = stopIntent(record, run, now, false);
  if (!why) return { ...kind, record, next: { kind: 'go-on', run } };
  return { ...kind, ...following(withStopped(record, run, why, now), now), stops: { run, why } };
}

/** What it would mean that the manifest of a job is gone. */
export function deletion(record: JobRecord): Intent {
  const run = record.status.runs.at(-1);
  const open = run?.outcome === undefined ? run : undefined;
  return {
    change: 'delete',
    fields: [],
    record,
    next: { kind: 'remove' },
    ...(open ? { stops: { run: open, why: 'deleted' } } : {}),
  };
}

function changeOf(known: JobRecord, record: JobRecord, fields: readonly FieldChange[]): Change {
  const [before, after] = [known, record].map(({ manifest }) => manifest.spec.runPolicy);
  // First match wins: what stops more comes first
  if (!before?.cancel && after?.cancel) return 'cancel';
  if (!before?.suspend && after?.suspend) return 'suspend';
  if (record.generation > known.generation) {
    const what = fields.filter(affectsRun);
    return what.length === 1 && what[0]?.path === 'spec.runPolicy.rerun' ? 'rerun' : 'runs';
  }
  if (before?.suspend && !after?.suspend) return 'resume';
  return fields.length > 0 ? 'policy' : 'none';
}

function following(record: JobRecord, now: number): Pick<Intent, 'record' | 'next'> {
  const step = afterRun(record, now);
  switch (step.kind) {
    case 'start-run':
      return { record: withRun(record, step.run), next: step };
    case 'wait':
      return { record, next: step };
    case 'finished':
      return { record, next: { kind: 'stay', outcome: step.outcome, message: step.message } };
    default:
      return step satisfies never;
  }
}

function withStopped(record: JobRecord, run: RunStatus, why: StopIntent, now: number): JobRecord {
  const message = stopWords(why, record);
  const ended: RunStatus = { ...run, ...STOP_ENDS[why], stopped: why, message, endedAt: now };
  return { ...record, status: { ...record.status, runs: [...record.status.runs.slice(0, -1), ended] } };
}
