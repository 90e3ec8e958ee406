import { given } from '../../shared/given.js';
import { packageName } from '../desired/package.js';
import { rungs } from '../ladder/facts.js';
import { decide, NO_RUNGS } from '../ladder/machine.js';
import type { Command, Plan } from '../model/command.js';
import type { Phase } from '../model/phase.js';
import { PACKAGE_UNAVAILABLE } from '../model/reason.js';
import type { ChosenNodes, JobRecord, RunStatus } from '../model/record.js';
import type { ManifestNote, NextStep, Step } from '../model/step.js';
import { runView } from '../observed/run-view.js';
import { planRun } from '../plan/plan.js';
import { withOutputs } from '../plan/store-output.js';
import { afterRun, isOver, nextStep, withRun } from '../run/next-step.js';
import { type Situation, situationOf } from '../run/situation.js';
import { withLeftBehind } from '../status/left-behind.js';
import { withRankFailure } from '../status/rank-states.js';
import { endRun, nextStatus, withEvent, withWaiting } from '../status/status.js';
import { trimmed } from '../status/trimmed.js';
import { cleanupBlockers, waitingOn } from '../status/waiting-on.js';
import { type Admission, wantsOtherNodes } from './admission.js';
import { applyEdit } from './edit.js';
import type { JobInputs } from './inputs.js';
import { newRecord } from './record.js';
import { removeOutputs, type Settlement, settlement, withLauncherGone } from './settlement.js';

/** A job on its way through a tick: the first half of it, before admission has decided over all jobs. */
export interface Prepared {
  readonly inputs: JobInputs;
  /** With the manifest as it is now, and with its last run ended where the world says so. */
  readonly record: JobRecord;
  /** Of the last run. */
  readonly current?: Situation;
  readonly settlement: Settlement;
  /** What follows once the last run is settled; undefined where the manifest is gone. */
  readonly follows?: NextStep;
  readonly step: Step;
}

export interface Reconciled {
  /** To be stored before the plan is issued; the same reference when nothing changed. Undefined: forget the job. */
  readonly record: JobRecord | undefined;
  readonly plan: Plan;
}

/**
 * The first half of a tick, for one job: record, observed, desired, facts, the run's end, and the next step. Pure, like the
 * second half: equal inputs give equal results.
 * @returns undefined for a job that has neither a record nor a manifest.
 */
export function prepareJob(inputs: JobInputs): Prepared | undefined {
  const { world, now, manifest } = inputs;
  const known = currentRecord(inputs);
  if (!known) return undefined;
  const deleted = manifest.kind === 'removed';
  const run = known.status.runs.at(-1);
  // Most jobs have ended: the view of their last run would be made for nothing
  const current = run && !isOver(known) ? observeRun(inputs, known, run) : undefined;
  const ended = current ? withEnd(known, current) : known;
  const stored = withLeftBehind(withOutputs(ended, world, now), world.leftBehind, now);
  const left = settlement(inputs, stored);
  const record = deleted ? stored : withLauncherGone(stored, left, inputs);
  const follows = deleted ? undefined : afterRun(record, now);
  const step: Step = follows ? nextStep(record, follows, left.settled) : { kind: 'continue' };
  return {
    inputs,
    record,
    settlement: left,
    step,
    ...(current ? { current } : {}),
    ...(follows ? { follows } : {}),
  };
}

/**
 * The second half: the step that admission allows, then the plan and the status.
 * @param admission undefined: nothing was decided about the job.
 */
export function reconcileJob(prepared: Prepared, admission: Admission | undefined): Reconciled {
  const { inputs, record, settlement: left } = prepared;
  if (inputs.manifest.kind === 'removed') {
    if (left.settled) return { record: undefined, plan: [removeOutputs(inputs, record)] };
    // A finished job stays as it ended while it is removed, but for what keeps it from being removed
    if (record.status.outcome !== undefined)
      return {
        record: withWaiting(record, cleanupBlockers(inputs.trouble), inputs.now),
        plan: [left.commands],
      };
  }
  const step = admitted(withPackageReason(inputs, prepared.step), admission);
  const next = onward(prepared, step, admission);
  const phase = phaseOf(next.record, step, next.current);
  const run = next.record.status.runs.at(-1);
  const open = run !== undefined && run.outcome === undefined ? next.current : undefined;
  const plan = open ? planRun(phase, open) : [];
  const status = { phase, step, plan, cleanup: left.commands };
  return {
    record: trimmed(withStatus(inputs, next, status), inputs.record, inputs.now),
    plan: [...(left.commands.length > 0 ? [left.commands] : []), ...plan],
  };
}

/** The record with the manifest as it is now; a new one for a job that was never seen before. */
function currentRecord({ record, manifest, uid, now }: JobInputs): JobRecord | undefined {
  if (manifest.kind !== 'valid') return record;
  if (record) return applyEdit(record, manifest, now);
  const content = manifest.package;
  return newRecord(manifest.manifest, manifest.source, {
    uid,
    now,
    ...(content ? { package: content } : {}),
  });
}

function observeRun(inputs: JobInputs, record: JobRecord, run: RunStatus): Situation {
  const { world, installation, now, manifest } = inputs;
  const { image, imagePullPolicy } = record.manifest.spec;
  const view = runView({
    record,
    run,
    installation,
    now,
    ...given({ waitedMs: inputs.waitedMs }),
    swarm: world.swarm,
    image: inputs.image(image, imagePullPolicy, run.id),
    ...(record.package && inputs.delivery
      ? { delivery: inputs.delivery(packageName(installation.id, record.package)) }
      : {}),
    znodes: world.runs.get(run.id),
    unreadable: world.unreadableRuns.get(run.id),
    outputStored: world.stored.has(run.id),
  });
  return situationOf(view, manifest.kind === 'removed');
}

/** The record with its last run ended, if that is what the world says. */
function withEnd(record: JobRecord, { view, progress }: Situation): JobRecord {
  if (progress.kind !== 'ended') return record;
  return endRun(record, withRankFailure(progress.end, view.znodes?.ranks ?? []), view);
}

/** Prefers what the reader of packages says of one that cannot be used. */
function withPackageReason({ manifest }: JobInputs, step: Step): Step {
  const note = manifest.kind === 'valid' ? manifest.note : undefined;
  if (step.kind !== 'wait' || step.reason !== PACKAGE_UNAVAILABLE || note?.reason !== step.reason)
    return step;
  return { ...step, message: note.message };
}

/** A run starts only once admission has found room for all of it; a job that it has not considered waits for the next tick. */
function admitted(step: Step, admission: Admission | undefined): Step {
  if (step.kind !== 'start-run') return step;
  if (!admission) return { kind: 'wait', reason: 'Queued', message: 'not considered for admission yet' };
  if (admission.kind === 'waits') return { kind: 'wait', ...admission.reason };
  return { kind: 'start-run', run: withNodes(step.run, admission.nodes) };
}

function withNodes(run: RunStatus, nodes: ChosenNodes): RunStatus {
  return Object.keys(nodes).length === 0 ? run : { ...run, nodes };
}

interface Onward {
  readonly record: JobRecord;
  readonly current?: Situation;
}

/** Record and last run as they go on: the same, but where admission made a new run or chose other nodes for one. */
function onward({ inputs, ...prepared }: Prepared, step: Step, admission: Admission | undefined): Onward {
  const changed =
    step.kind === 'start-run' ? withRun(prepared.record, step.run) : reassigned(inputs, prepared, admission);
  const run = changed.status.runs.at(-1);
  if (changed === prepared.record || !run) return prepared;
  return { record: changed, current: observeRun(inputs, changed, run) };
}

/** Gives a run that has not started other nodes, where it has lost one that was chosen for it. */
function reassigned(
  { world, now }: JobInputs,
  { record, current }: Onward,
  admission: Admission | undefined,
): JobRecord {
  const run = record.status.runs.at(-1);
  if (admission?.kind !== 'admitted' || !run || !wantsOtherNodes(record, world.swarm.nodes)) return record;
  // Where its znodes cannot be read, it may have started
  if (current?.view.znodes?.started || current?.view.znodes?.claim || current?.view.unreadable !== undefined)
    return record;
  const runs = [...record.status.runs.slice(0, -1), withNodes(run, admission.nodes)];
  const message = 'an assigned node can no longer take containers; choosing another';
  const next = { ...record, status: { ...record.status, runs } };
  return withEvent(next, { at: now, type: 'Warning', reason: 'NodeLost', message });
}

function phaseOf({ status }: JobRecord, step: Step, current: Situation | undefined): Phase {
  if (step.kind === 'wait') return 'pending';
  if (step.kind === 'finished' || !current)
    return decide(status.phase, { ...NO_RUNGS, ended: step.kind === 'finished' });
  // Its znodes may be gone already, but a run that has started stays `running` until everything is settled
  return decide(status.phase, rungs(current.facts, false));
}

function withStatus(
  inputs: JobInputs,
  { record, current }: Onward,
  next: {
    readonly phase: Phase;
    readonly step: Step;
    readonly plan: Plan;
    readonly cleanup: readonly Command[];
  },
): JobRecord {
  const { now, trouble } = inputs;
  const { phase, step } = next;
  const stops = next.plan.flat().some(command => command.do === 'create-stop');
  const note = manifestNote(inputs, record);
  // Of a finished job only what is left to do can fail
  const failure = step.kind === 'finished' && next.cleanup.length === 0 ? undefined : trouble;
  const ended = record.status.runs.at(-1)?.outcome !== undefined;
  return nextStatus(record, {
    phase,
    now,
    step,
    waiting: waitingOn({ step, phase, ended, trouble: failure, ...(current ? { current } : {}) }),
    ...(current ? { view: current.view, facts: current.facts } : {}),
    ...given({ disruption: current?.disruption }),
    ...(note ? { manifestNote: note } : {}),
    ...(stops && current?.intent ? { stopping: current.intent } : {}),
  });
}

/** Of a manifest that is gone, or may come back, nothing new is known: what was said of it before stays. */
function manifestNote({ manifest }: JobInputs, { status }: JobRecord): ManifestNote | undefined {
  if (manifest.kind === 'valid') return manifest.note;
  const before = status.conditions.find(({ type }) => type === 'ManifestValid');
  return (manifest.kind === 'unknown' ? manifest.note : undefined) ?? before;
}
