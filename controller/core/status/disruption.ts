import type { Disruption } from '../model/disruption.js';
import type { Mutable } from '../model/mutable.js';
import type { JobStatus, RunStatus } from '../model/record.js';
import { setCondition } from './conditions.js';
import { addEvent } from './events.js';
import { same } from './same.js';

/** Notes what is being done to the current run from outside, with an event when it begins. */
export function setDisruption(
  status: Mutable<JobStatus>,
  run: Mutable<RunStatus>,
  next: Disruption | undefined,
  now: number,
): void {
  if (same(run.disruption, next)) return;
  if (next && next.message !== run.disruption?.message) noteDisruption(status, run, next, now);
  if (next) run.disruption = next;
  else delete run.disruption;
}

export function noteDisruption(
  status: Mutable<JobStatus>,
  { number }: RunStatus,
  { reason, message }: Disruption,
  at: number,
): void {
  addEvent(status, { at, type: 'Warning', reason, message: `run ${number}: ${message}` });
}

/** As the condition of that name of a Pod; absent where there never was a disruption. */
export function setDisruptionTarget(status: Mutable<JobStatus>, now: number): void {
  const disruption = status.runs.at(-1)?.disruption;
  const type = 'DisruptionTarget';
  if (disruption) {
    const { reason, message } = disruption;
    setCondition(status, { type, status: 'True', reason, message }, now);
  } else if (status.conditions.some(one => one.type === type)) {
    setCondition(status, { type, status: 'False', reason: 'NotDisrupted', message: '' }, now);
  }
}
