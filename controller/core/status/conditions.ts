import { firstFew } from '../../shared/list-words.js';
import { isCommandJob } from '../desired/start-command.js';
import type { Mutable } from '../model/mutable.js';
import { LADDER } from '../model/phase.js';
import { WORKER_LOST } from '../model/reason.js';
import type { ReasonName } from '../model/reasons.js';
import type { Condition, JobRecord, JobStatus } from '../model/record.js';
import type { StatusInputs } from './inputs.js';

/** Brings the conditions of a status draft to what is known now; each keeps its time while its status stays. */
export function setConditions(status: Mutable<JobStatus>, record: JobRecord, inputs: StatusInputs): void {
  const { step, facts, manifestNote, now, phase } = inputs;
  const finished = step.kind === 'finished' ? step : undefined;
  const set = (type: string, value: boolean, reason: ReasonName, message: string): void =>
    setCondition(status, { type, status: value ? 'True' : 'False', reason, message }, now);

  const counts = { status: 'True', reason: 'Valid', message: record.source } as const;
  setCondition(status, { type: 'ManifestValid', ...(manifestNote ?? counts) }, now);
  const suspended = step.kind === 'wait' && step.reason === 'Suspended';
  set('Suspended', suspended, suspended ? 'Suspended' : 'NotSuspended', suspended ? step.message : '');
  if (facts) {
    // After the start these are history: the run ends by its own result only
    if (
      !facts.started &&
      !finished &&
      step.kind === 'continue' &&
      status.runs.at(-1)?.outcome === undefined
    ) {
      for (const { phase: rung, condition } of LADDER) {
        const reasons = facts.reasons[rung];
        set(condition, reasons.length === 0, reasons[0]?.reason ?? condition, summary(reasons));
      }
    }
  }
  const running = phase === 'running' && status.runs.at(-1)?.outcome === undefined;
  const lost = inputs.waiting.filter(({ reason }) => reason === WORKER_LOST);
  const started = isCommandJob(record.manifest) ? 'CommandStarted' : 'MpirunStarted';
  const how = lost.length > 0 ? WORKER_LOST : started;
  const away = running ? inputs.waiting.find(({ reason }) => reason === 'LauncherUnreachable') : undefined;
  // As of a Pod whose node is silent, nobody knows whether it runs
  if (away) {
    const { reason, message } = away;
    setCondition(status, { type: 'Running', status: 'Unknown', reason, message }, now);
  } else set('Running', running, running ? how : 'NotRunning', running ? summary(lost) : '');
  for (const outcome of ['Succeeded', 'Failed'] as const) {
    const holds = finished?.outcome === outcome;
    // As in Kubernetes, an outcome that never came about is no condition
    if (!holds && !status.conditions.some(({ type }) => type === outcome)) continue;
    set(outcome, holds, holds ? finished.reason : 'NotFinished', holds ? finished.message : '');
  }
}

function summary(reasons: readonly { readonly message: string }[]): string {
  return firstFew(reasons.map(({ message }) => message)).join('; ');
}

/** `lastTransitionTime` moves only when `status` changes, as in Kubernetes. */
export function setCondition(
  status: Mutable<JobStatus>,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: number,
): void {
  const known = status.conditions.find(c => c.type === next.type);
  if (!known) {
    status.conditions = [...status.conditions, { ...next, lastTransitionTime: now }];
    return;
  }
  const moved = known.status !== next.status;
  if (!moved && known.reason === next.reason && known.message === next.message) return;
  Object.assign(known as Mutable<Condition>, next, moved ? { lastTransitionTime: now } : {});
}
