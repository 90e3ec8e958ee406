import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { packageName } from '../desired/package.js';
import { type Facts, facts, rungs } from '../ladder/facts.js';
import { decide, NO_RUNGS } from '../ladder/machine.js';
import type { Command, Plan } from '../model/command.js';
import type { Phase } from '../model/phase.js';
import { PACKAGE_UNAVAILABLE, type Reason } from '../model/reason.js';
import type { ChosenNodes, JobRecord, RunStatus, StopIntent } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import type { ManifestNote, Step } from '../model/step.js';
import { endedFor } from '../model/waiting.js';
import type { Delivery, Expiry, ImageState, RunWorld, StoredOutput, SwarmWorld } from '../model/world.js';
import { asksForRoom } from '../nodes/requests.js';
import { traces } from '../observed/leftovers.js';
import { type RunView, runView } from '../observed/run-view.js';
import { keepOf, removeRun } from '../plan/cleanup.js';
import { planRun } from '../plan/plan.js';
import { storeOutput, withOutputs } from '../plan/store-output.js';
import { nextStep, withRun } from '../run/next-step.js';
import { verdict } from '../run/run-end.js';
import { runIntent } from '../run/stop.js';
import { withRankFailure } from '../status/rank-states.js';
import { endRun, nextStatus, withEvent, withWaiting } from '../status/status.js';
import { stuck, waitingOn } from '../status/waiting-on.js';
import { type Admissions, wantsOtherNodes } from './admission.js';
import { edited } from './edit.js';
import { newRecord } from './record.js';

/** Everything that is known about one job, at one moment. */
export interface JobInputs {
  readonly key: string;
  /** Undefined: never seen before. */
  readonly record: JobRecord | undefined;
  readonly manifest: ManifestState;
  readonly world: {
    readonly swarm: SwarmWorld;
    readonly runs: ReadonlyMap<string, RunWorld>;
    readonly runIds: readonly string[];
    /** Which of the jobs that ask for cpu or memory may start a run. */
    readonly admissions: Admissions;
    /** Stored outputs, by run id. */
    readonly stored: ReadonlyMap<string, StoredOutput>;
    /** Of those, the ones that are not kept any longer. */
    readonly expired: ReadonlyMap<string, Expiry>;
  };
  readonly image: (ref: string, policy: MPIJob['spec']['imagePullPolicy'], run: string) => ImageState;
  /** What is known of the container of that name that serves a package. */
  readonly delivery?: (name: string) => Delivery;
  readonly installation: Installation;
  readonly now: number;
  /** For a job that was never seen before. */
  readonly uid: string;
  /** What the last command of this job said when it failed. */
  readonly trouble?: Reason;
}

export type ManifestState =
  | {
      readonly kind: 'valid';
      readonly manifest: MPIJob;
      readonly source: string;
      /** What is in its package, as far as it is known; what was known before, where that cannot be told now. */
      readonly package?: PackageContent;
      readonly note?: ManifestNote;
    }
  /** The file is broken, cannot be read, or may come back: the last good manifest counts. */
  | { readonly kind: 'unknown'; readonly note?: ManifestNote }
  | { readonly kind: 'removed' };

export interface Assessment {
  /** To be stored before the plan is issued; the same reference when nothing changed. Undefined: forget the job. */
  readonly record: JobRecord | undefined;
  readonly plan: Plan;
}

/** From what is known of a job to its next record and what to do now. Pure: equal inputs give equal results. */
export function assess(inputs: JobInputs): Assessment {
  const known = currentRecord(inputs);
  if (!known) return { record: undefined, plan: [] };
  const judged = withOutputs(rechosen(inputs, judge(inputs, known)), inputs.world, inputs.now);
  const { settled, commands: settling } = settlement(inputs, judged);
  const deleted = inputs.manifest.kind === 'removed';
  if (deleted && settled) {
    // A list may be old, and it does not have what is being stored just now
    const outputs = judged.status.runs.filter(
      ({ id, startedAt, output }) =>
        inputs.world.stored.has(id) || (startedAt !== undefined && !output?.removed),
    );
    return { record: undefined, plan: [outputs.map(({ id }) => ({ do: 'remove-output', run: id }))] };
  }
  // A finished job stays as it ended while it is removed, but for what keeps it from being removed
  if (deleted && judged.status.outcome !== undefined)
    return { record: withWaiting(judged, stuck(inputs.trouble), inputs.now), plan: [settling] };
  const step: Step = deleted
    ? { kind: 'continue' }
    : admitted(inputs, judged, told(inputs, nextStep(judged, inputs.now, settled)));
  const record = step.kind === 'start-run' ? withRun(judged, step.run) : judged;
  return withStatus(inputs, record, { step, settling });
}

/** What keeps a package from being used is for whoever looked at it to say. */
function told({ manifest }: JobInputs, step: Step): Step {
  const note = manifest.kind === 'valid' ? manifest.note : undefined;
  if (step.kind !== 'wait' || step.reason !== PACKAGE_UNAVAILABLE || note?.reason !== step.reason)
    return step;
  return { ...step, message: note.message };
}

/** A run starts when there is room for all of it; what was decided nothing about waits for the next look. */
function admitted({ world: { admissions } }: JobInputs, { key, manifest }: JobRecord, step: Step): Step {
  if (step.kind !== 'start-run' || !asksForRoom(manifest)) return step;
  const admission = admissions.get(key);
  if (!admission) return { kind: 'wait', reason: 'Queued', message: 'its turn has not come up yet' };
  if (admission.kind === 'waits') return { kind: 'wait', ...admission.reason };
  return { kind: 'start-run', run: withNodes(step.run, admission.nodes) };
}

function withNodes(run: RunStatus, nodes: ChosenNodes): RunStatus {
  return Object.keys(nodes).length === 0 ? run : { ...run, nodes };
}

/** The record with other nodes chosen for its run, where those that were are lost and it has not started. */
function rechosen({ world, now }: JobInputs, record: JobRecord): JobRecord {
  const admission = world.admissions.get(record.key);
  const run = record.status.runs.at(-1);
  if (admission?.kind !== 'admitted' || !run || !wantsOtherNodes(record, world.swarm.nodes)) return record;
  const znodes = world.runs.get(run.id);
  if (znodes?.started || znodes?.claim) return record;
  const runs = [...record.status.runs.slice(0, -1), withNodes(run, admission.nodes)];
  const next = { ...record, status: { ...record.status, runs } };
  const message = 'a node that was chosen for the run cannot take containers any more, another one is taken';
  return withEvent(next, { at: now, type: 'Warning', reason: 'NodeLost', message });
}

/** The record with the manifest as it is now; a new one for a job that was never seen before. */
export function currentRecord(
  inputs: Pick<JobInputs, 'record' | 'manifest' | 'uid' | 'now'>,
): JobRecord | undefined {
  const { record, manifest, uid, now } = inputs;
  if (manifest.kind !== 'valid') return record;
  const content = manifest.package;
  if (!record)
    return newRecord(manifest.manifest, manifest.source, {
      uid,
      now,
      ...(content ? { package: content } : {}),
    });
  return edited(record, manifest, now);
}

/** The record with its current run ended, if that is what the world says. */
function judge(inputs: JobInputs, record: JobRecord): JobRecord {
  const run = record.status.runs.at(-1);
  if (!run || run.outcome !== undefined) return record;
  const view = viewOf(inputs, record, run);
  const f = facts(view);
  const result = verdict(view, f, intentOf(inputs, view, f));
  if (result.kind !== 'ended') return record;
  return endRun(record, withRankFailure(result.end, view.znodes?.ranks ?? []), view);
}

interface Settlement {
  /** Every run has its outcome, its output is stored, and what is not kept of it is gone. */
  readonly settled: boolean;
  readonly commands: readonly Command[];
}

/** What is left to do for runs that have ended: store their output, then remove what is not kept. */
function settlement(inputs: JobInputs, record: JobRecord): Settlement {
  const parts = record.status.runs.map(run => settleRun(inputs, record, run));
  const commands = [...parts.flatMap(part => part.commands), ...forgottenRuns(inputs, record)];
  return { settled: commands.length === 0 && parts.every(part => part.settled), commands };
}

function settleRun(inputs: JobInputs, record: JobRecord, run: RunStatus): Settlement {
  if (run.outcome === undefined) return { settled: false, commands: [] };
  const deleted = inputs.manifest.kind === 'removed';
  const store = deleted ? 'stored' : storeOutput(run, inputs.world, endedFor(record, run, inputs.now));
  // Output that can be had only later is not settled, although there is nothing to do for it now
  if (store !== 'stored') return { settled: false, commands: store };
  const { swarm, runIds } = inputs.world;
  const expired = run.output?.removed !== undefined && inputs.world.stored.has(run.id);
  const commands = [
    ...removeRun({ swarm, runIds }, run.id, keepOf(record, run, inputs.now, deleted)),
    ...(expired ? [{ do: 'remove-output', run: run.id } as const] : []),
  ];
  return { settled: commands.length === 0, commands };
}

/** Runs of this job of which something is left but that its record no longer lists. */
function forgottenRuns({ world }: JobInputs, record: JobRecord): readonly Command[] {
  const { swarm, runIds, stored } = world;
  const listed = new Set(record.status.runs.map(run => run.id));
  const forgotten = traces(world, record.uid).filter(run => !listed.has(run));
  return forgotten.flatMap((run): readonly Command[] => [
    ...removeRun({ swarm, runIds }, run, 'nothing'),
    ...(stored.has(run) ? [{ do: 'remove-output', run } as const] : []),
  ]);
}

function withStatus(
  inputs: JobInputs,
  record: JobRecord,
  next: { readonly step: Step; readonly settling: readonly Command[] },
): Assessment {
  const { now, manifest } = inputs;
  const run = record.status.runs.at(-1);
  const view = run && viewOf(inputs, record, run);
  const f = view && facts(view);
  const active = run !== undefined && run.outcome === undefined;
  const intent = view && f && active ? intentOf(inputs, view, f) : undefined;
  const phase = phaseOf(record, next.step, f);
  const told = record.status.conditions.find(({ type }) => type === 'ManifestValid');
  // Of a manifest that is gone, or may come back, nothing new is known: what was told of it stays
  const note =
    manifest.kind === 'valid' ? manifest.note : (manifest.kind === 'unknown' && manifest.note) || told;
  const plan = active && view && f ? planRun(view, f, intent) : [];
  const stops = plan.flat().some(command => command.do === 'create-stop');
  const status = nextStatus(record, {
    phase,
    now,
    step: next.step,
    waiting: waitingOn({
      step: next.step,
      phase,
      intent,
      // Of a finished job only what is left to do can fail
      trouble: next.step.kind === 'finished' && next.settling.length === 0 ? undefined : inputs.trouble,
      ...(view && f ? { view, f } : {}),
    }),
    ...(view ? { view } : {}),
    ...(f ? { facts: f } : {}),
    ...(note === undefined ? {} : { manifestNote: note }),
    ...(stops && intent ? { stopping: intent } : {}),
  });
  const settle: Plan = next.settling.length > 0 ? [next.settling] : [];
  return { record: status, plan: [...settle, ...plan] };
}

function phaseOf(record: JobRecord, step: Step, f: Facts | undefined): Phase {
  const run = record.status.runs.at(-1);
  const from = record.status.phase;
  if (step.kind === 'wait') return 'pending';
  if (step.kind === 'finished' || !run || !f)
    return decide(from, { ...NO_RUNGS, ended: step.kind === 'finished' });
  // Its znodes may be gone already, but a run that has started stays `running` until everything is settled
  const started = f.started || run.startedAt !== undefined;
  return decide(from, { ...rungs(f, false), started });
}

function intentOf({ manifest }: JobInputs, view: RunView, f: Facts): StopIntent | undefined {
  return runIntent(view, f, manifest.kind === 'removed');
}

function viewOf(inputs: JobInputs, record: JobRecord, run: RunStatus): RunView {
  const { world, installation, now } = inputs;
  const { image, imagePullPolicy } = record.manifest.spec;
  return runView({
    record,
    run,
    installation,
    now,
    swarm: world.swarm,
    image: inputs.image(image, imagePullPolicy, run.id),
    ...(record.package && inputs.delivery
      ? { delivery: inputs.delivery(packageName(installation.id, record.package)) }
      : {}),
    znodes: world.runs.get(run.id),
    outputStored: world.stored.has(run.id),
  });
}
