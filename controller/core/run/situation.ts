import { type Desired, desire } from '../desired/desired.js';
import { type Facts, facts } from '../ladder/facts.js';
import type { StopIntent } from '../model/record.js';
import type { RunView } from '../observed/run-view.js';
import type { RunProgress } from './progress.js';
import { runEnd } from './run-end.js';
import { runIntent } from './stop.js';

/** All that is known of the last run of a job, each part made once a tick out of those before it. */
export interface Situation {
  readonly view: RunView;
  readonly desired: Desired;
  readonly facts: Facts;
  /** Why the run should end now, although it has not; undefined: it goes on, or has ended. */
  readonly intent: StopIntent | undefined;
  /** Whether it has ended by what is seen now; `open` for a run that had ended before. */
  readonly progress: RunProgress;
}

/** @param deleted the job's manifest is gone. */
export function situationOf(view: RunView, deleted: boolean): Situation {
  const desired = desire(view);
  const known = facts(view, desired);
  if (view.run.outcome !== undefined)
    return { view, desired, facts: known, intent: undefined, progress: { kind: 'open' } };
  const intent = runIntent(view, known, deleted);
  return { view, desired, facts: known, intent, progress: runEnd(view, known, intent) };
}
