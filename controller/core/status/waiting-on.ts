import { type Facts, lowestUnmet } from '../ladder/facts.js';
import type { Phase } from '../model/phase.js';
import { CLEANING_UP, type Reason, WORKER_LOST } from '../model/reason.js';
import type { Waiting } from '../model/record.js';
import type { Step } from '../model/step.js';
import { reportedLosses } from '../observed/lost-workers.js';
import type { Situation } from '../run/situation.js';
import { groupedWaits } from './grouped-waits.js';

type Wait = Omit<Waiting, 'since'>;

export interface WaitingInputs {
  readonly step: Step;
  readonly phase: Phase;
  /** The current run has its outcome. */
  readonly ended: boolean;
  /** What the last command of the job said when it failed. */
  readonly trouble: Reason | undefined;
  /** Of the current run. */
  readonly current?: Situation;
}

/** All that a job waits on, and why. */
export function waitingOn({ step, current, ended, phase, ...inputs }: WaitingInputs): readonly Wait[] {
  const trouble: readonly Wait[] = inputs.trouble ? [{ for: nextRung(phase), ...inputs.trouble }] : [];
  if (step.kind === 'finished') return cleanupBlockers(inputs.trouble);
  if (step.kind === 'wait') return [{ for: 'imaged', reason: step.reason, message: step.message }];
  if (!current) return trouble;
  if (ended) {
    return [
      ...trouble,
      { for: 'done', reason: CLEANING_UP, message: 'storing output and removing containers' },
    ];
  }
  const { view, facts, progress } = current;
  const lost = reportedLosses(view).map(
    ({ worker, message }) =>
      ({ for: 'done', reason: WORKER_LOST, message, about: `worker ${worker}` }) as const,
  );
  if (progress.kind === 'wait') {
    return [
      ...trouble,
      { for: 'done', reason: progress.reason, message: progress.message },
      ...groupedWaits(lost),
    ];
  }
  if (facts.started) return [...trouble, ...groupedWaits(lost)];
  return [...trouble, ...groupedWaits(unmet(facts))];
}

/**
 * A finished job waits only for clean-up or removal. A failed status write is ignored here: if this record can be
 * written, that failure is over.
 */
export function cleanupBlockers(trouble: Reason | undefined): readonly Wait[] {
  return trouble && trouble.reason !== 'StatusNotStored' ? [{ for: 'done', ...trouble }] : [];
}

function unmet(facts: Facts): readonly Wait[] {
  const rung = lowestUnmet(facts);
  if (rung) return rung.reasons.map(reason => ({ for: rung.phase, ...reason }));
  return [{ for: 'running', reason: 'StartPending', message: 'the launcher has not claimed the start yet' }];
}

function nextRung(phase: Phase): Phase {
  return phase === 'pending' ? 'imaged' : phase === 'running' ? 'done' : phase;
}
