import { produce } from 'immer';
import { given } from '../../shared/given.js';
import { starter } from '../desired/start-command.js';
import type { Mutable } from '../model/mutable.js';
import { PHASES, type Phase } from '../model/phase.js';
import type { JobRecord, JobStatus, RunStatus, Waiting, WorkerStatus } from '../model/record.js';
import type { RunEnd } from '../model/run-end.js';
import type { RunView, WorkerView } from '../observed/run-view.js';
import { stopWords } from '../run/stop.js';
import { ranges } from '../text/ranges.js';
import { setConditions } from './conditions.js';
import { noteDisruption, setDisruption, setDisruptionTarget } from './disruption.js';
import { addEvent, type NewEvent } from './events.js';
import type { StatusInputs } from './inputs.js';
import { placedRanks } from './placed-ranks.js';
import { setRanks } from './rank-states.js';
import { same } from './same.js';
import { setLosses, setWaiting } from './waiting.js';

/** The record with its status as of now; the same reference when nothing changed, so that nothing is written. */
export function nextStatus(record: JobRecord, inputs: StatusInputs): JobRecord {
  return produce(record, draft => {
    const status = draft.status as Mutable<JobStatus>;
    const run = status.runs.at(-1) as Mutable<RunStatus> | undefined;
    status.phase = inputs.phase;
    status.observedGeneration = record.generation;
    setWaiting(status, inputs.waiting, inputs.now);
    setConditions(status, record, inputs);
    noteManifest(status, record.status, inputs.now);
    // Of an ended run the last picture stays
    if (run && inputs.view && run.outcome === undefined) {
      setRun(status, run, inputs);
      setStopping(status, run, { record, ...inputs });
      setLosses(status, inputs.view);
      setDisruption(status, run, inputs.disruption, inputs.now);
      setWorkers(status, inputs.view);
      setRanks(status, run, inputs.view.znodes);
    }
    setDisruptionTarget(status, inputs.now);
    setOutcome(status, inputs);
  });
}

/** The record with an event more. */
export function withEvent(record: JobRecord, event: NewEvent): JobRecord {
  return produce(record, draft => {
    addEvent(draft.status as Mutable<JobStatus>, event);
  });
}

/** The record with what its job waits on; the same reference when that is what it waited on before. */
export function withWaiting(
  record: JobRecord,
  waiting: readonly Omit<Waiting, 'since'>[],
  now: number,
): JobRecord {
  return produce(record, draft => {
    setWaiting(draft.status as Mutable<JobStatus>, waiting, now);
  });
}

/** The record with its current run ended. */
export function endRun(record: JobRecord, end: RunEnd, view: RunView): JobRecord {
  return produce(record, draft => {
    const status = draft.status as Mutable<JobStatus>;
    const run = status.runs.at(-1) as Mutable<RunStatus> | undefined;
    if (!run || run.outcome !== undefined) return;
    const { disruption } = end;
    if (disruption && disruption.message !== run.disruption?.message)
      noteDisruption(status, run, disruption, view.now);
    if (!disruption) delete run.disruption;
    Object.assign(run, end);
    run.endedAt = view.now;
    const claim = view.znodes?.claim;
    if (claim && run.startedAt === undefined) run.startedAt = run.phases.running ?? view.now;
    delete status.losses;
    run.placement = placedRanks(view);
    climb(status, run, { phase: claim ? 'running' : status.phase, now: view.now });
    setWorkers(status, view);
    setRanks(status, run, view.znodes);
    const type = end.outcome === 'Failed' ? 'Warning' : 'Normal';
    addEvent(status, {
      at: view.now,
      type,
      reason: end.reason,
      message: `run ${run.number}: ${end.message}`,
    });
  });
}

/** A manifest that ceases to count as it is written, or does so again, is part of the job's story. */
function noteManifest(status: Mutable<JobStatus>, before: JobStatus, now: number): void {
  const [next, last] = [status, before].map(({ conditions }) =>
    conditions.find(({ type }) => type === 'ManifestValid'),
  );
  if (!next || next.reason === (last?.reason ?? 'Valid')) return;
  const event =
    next.reason === 'Valid'
      ? ({ type: 'Normal', reason: 'ManifestValid', message: `${next.message} is used again` } as const)
      : ({ type: 'Warning', reason: next.reason, message: next.message } as const);
  addEvent(status, { at: now, ...event });
}

function setRun(
  status: Mutable<JobStatus>,
  run: Mutable<RunStatus>,
  { phase, view, now }: StatusInputs,
): void {
  climb(status, run, { phase, now });
  if (!view) return;
  const image =
    view.services.launcher?.image ?? (view.image.state === 'resolved' ? view.image.pinned : undefined);
  if (image !== undefined && run.image !== image) run.image = image;
  const subnet = view.network?.subnets.join(',') ?? '';
  if (subnet !== '' && run.subnet !== subnet) run.subnet = subnet;
  const mpirun = view.znodes?.registrations.find(r => r.mpirun !== undefined)?.mpirun;
  if (mpirun !== undefined && run.mpirun !== mpirun) run.mpirun = mpirun;
  if (phase === 'running' && run.startedAt === undefined) run.startedAt = now;
  const node = view.znodes?.claim && view.launcherTask?.node;
  if (node !== undefined && run.launcherNode !== node) run.launcherNode = node;
}

/** Records the reason for the stop: it may be gone when the run is found ended. */
function setStopping(
  status: Mutable<JobStatus>,
  run: Mutable<RunStatus>,
  { record, stopping, now }: StatusInputs & { readonly record: JobRecord },
): void {
  if (stopping === undefined || run.stopping === stopping) return;
  run.stopping = stopping;
  const message = `run ${run.number}: stopping ${starter(record.manifest)}: ${stopWords(stopping, record)}`;
  addEvent(status, { at: now, type: 'Normal', reason: 'Stopping', message });
}

/**
 * Notes when each rung up to `phase` was first reached, with an event; rungs passed between two ticks count
 * as reached at the second.
 */
function climb(
  status: Mutable<JobStatus>,
  run: Mutable<RunStatus>,
  { phase, now }: { readonly phase: Phase; readonly now: number },
): void {
  const missing = PHASES.slice(0, PHASES.indexOf(phase) + 1).filter(p => run.phases[p] === undefined);
  if (missing.length === 0) return;
  run.phases = { ...run.phases, ...Object.fromEntries(missing.map(p => [p, now])) };
  for (const rung of missing) {
    const message = `run ${run.number}: ${rung}`;
    addEvent(status, { at: now, type: 'Normal', reason: 'PhaseReached', message });
  }
}

function setWorkers(status: Mutable<JobStatus>, view: RunView): void {
  const { znodes } = view;
  if (!znodes || !view.services.launcher) return;
  const placed = new Map(znodes.placements.map(placement => [placement.worker, placement.ranks]));
  const said = new Map<string, string>();
  const next = view.workers.map((w): WorkerStatus => {
    const ranks = ranges(placed.get(w.index) ?? []);
    const message = workerMessage(w, said);
    return {
      index: w.index,
      ...(w.group === '' ? {} : { group: w.group }),
      node: w.node,
      address: w.address,
      state: w.task?.state ?? 'missing',
      ssh: sshOf(status, view, w),
      registered: w.registration !== undefined,
      ranks,
      ...given({ message }),
    };
  });
  if (!same(status.workers, next)) status.workers = next;
}

/** So many different texts are written out, and of others the beginning. */
const MAX_TEXTS = 16;
/** In characters. */
const MAX_MESSAGE = { first: 1_000, later: 80 } as const;

/** What a worker's container or the proof of SSH to it said; where another worker said the same, which one. */
function workerMessage({ name, task, ssh }: WorkerView, said: Map<string, string>): string | undefined {
  const text = task?.error ?? (ssh && !ssh.ok ? ssh.error : undefined);
  if (text === undefined) return undefined;
  const first = said.get(text);
  if (first !== undefined && text.length > first.length) return `as ${first}`;
  const most = said.size < MAX_TEXTS ? MAX_MESSAGE.first : MAX_MESSAGE.later;
  said.set(text, name);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** The launcher's report goes with its container; what it proved before the start stays true of this run. */
function sshOf(status: JobStatus, view: RunView, { index, ssh }: WorkerView): WorkerStatus['ssh'] {
  if (ssh) return ssh.ok ? 'ok' : 'failed';
  if (!view.znodes?.claim) return 'unknown';
  return status.workers.find(known => known.index === index)?.ssh ?? 'unknown';
}

function setOutcome(status: Mutable<JobStatus>, { step, now }: StatusInputs): void {
  if (step.kind !== 'finished') {
    delete status.outcome;
    delete status.exitCode;
    delete status.completionTime;
    // To take away and to give back the same would count as a change
    if (step.kind === 'wait') {
      Object.assign(status, { reason: step.reason, message: step.message });
      // As in Kubernetes: what is suspended has not started
      if (step.reason === 'Suspended') delete status.startTime;
      if (step.reason === 'Suspended') status.suspended = true;
      else delete status.suspended;
    } else {
      delete status.reason;
      delete status.message;
      delete status.suspended;
    }
    return;
  }
  const last = status.runs.at(-1) as Mutable<RunStatus> | undefined;
  // A job that is cancelled before its new generation has run, or between two attempts, does not end as the run before
  const run =
    last?.generation === status.observedGeneration && last.outcome === step.outcome ? last : undefined;
  if (status.outcome !== step.outcome) {
    const type = step.outcome === 'Failed' ? 'Warning' : 'Normal';
    addEvent(status, { at: now, type, reason: step.outcome, message: step.message });
    status.completionTime = run?.endedAt ?? now;
    if (run && run.phases.done === undefined) run.phases = { ...run.phases, done: now };
  }
  delete status.suspended;
  status.outcome = step.outcome;
  status.reason = step.reason;
  status.message = step.message;
  if (run?.exitCode === undefined) delete status.exitCode;
  else status.exitCode = run.exitCode;
}
