import { given } from '../../shared/given.js';
import { type Desired, desire } from '../desired/desired.js';
import { type Facts, facts } from '../ladder/facts.js';
import type { Disruption } from '../model/disruption.js';
import type { ReasonName } from '../model/reasons.js';
import type { StopIntent } from '../model/record.js';
import { disruptionOf } from '../observed/disruption.js';
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
  /** What is being done to it from outside; of a run that had ended before: nothing more. */
  readonly disruption?: Disruption;
}

/** @param deleted the job's manifest is gone. */
export function situationOf(view: RunView, deleted: boolean): Situation {
  const desired = desire(view);
  const known = facts(view, desired);
  if (view.run.outcome !== undefined)
    return { view, desired, facts: known, intent: undefined, progress: { kind: 'open' } };
  const intent = runIntent(view, known, deleted);
  const disruption = disruptionOf(view);
  const progress = disrupted(runEnd(view, known, intent, disruption), disruption, view);
  return { view, desired, facts: known, intent, progress, ...given({ disruption }) };
}

/** The end of a run that neither its program nor a limit ended is the disruption's, where there is one. */
function disrupted(progress: RunProgress, disruption: Disruption | undefined, view: RunView): RunProgress {
  if (progress.kind !== 'ended' || !disruption) return progress;
  const { end } = progress;
  const asked = end.stopped !== undefined && end.stopped !== 'worker-lost';
  if (end.outcome !== 'Failed' || asked || end.disruption) return progress;
  // That a node is not heard of ends no program; what Swarm stops may well end one
  const lost = LOST.has(end.reason) || view.znodes?.result?.askedBy === 'engine';
  if (!lost && disruption.reason === 'NodeUnreachable') return progress;
  return { kind: 'ended', end: { ...end, disruption } };
}

const LOST: ReadonlySet<ReasonName> = new Set(['WorkerLost', 'LauncherLost', 'ZnodesLost']);
