import type { Plan } from '../model/command.js';
import type { Phase } from '../model/phase.js';
import { hasRunUnclaimed } from '../run/launcher-end.js';
import { isForgotten } from '../run/run-end.js';
import type { Situation } from '../run/situation.js';
import { containerPlan } from './containers.js';
import { groundwork } from './groundwork.js';

type Planner = (situation: Situation) => Plan;

/** What to do on each rung to reach the next one. */
const PLANNERS = {
  pending: prepare,
  imaged: prepare,
  networked: firstOf(prepare, containerPlan),
  'ssh-ready': firstOf(prepare, containerPlan),
  registered: firstOf(prepare, containerPlan),
  'hostfile-written': firstOf(prepare, containerPlan, permitStart),
  running: stop,
  done: () => [],
} satisfies Record<Phase, Planner>;

/** What to do now for a run that has not ended. */
export function planRun(phase: Phase, situation: Situation): Plan {
  const { view, facts, intent } = situation;
  // What is there is unknown, so nothing is made; once is enough, as the run is killed after the grace time
  if (view.unreadable !== undefined)
    return intent && view.run.stopping !== intent && view.services.launcher
      ? [[{ do: 'create-stop', run: view.run.id }]]
      : [];
  // First match wins: with a start token the command may start at any moment, so the run is stopped in order
  if (intent && view.znodes?.started) return stop(situation);
  if (phase !== 'running' && (intent || facts.fault || isForgotten(view) || hasRunUnclaimed(view))) return [];
  return PLANNERS[phase](situation);
}

/** The plan of the first planner that has anything to do. */
function firstOf(...planners: readonly Planner[]): Planner {
  return situation => {
    for (const planner of planners) {
      const plan = planner(situation);
      if (plan.length > 0) return plan;
    }
    return [];
  };
}

function prepare(situation: Situation): Plan {
  const commands = groundwork(situation);
  return commands.length > 0 ? [commands] : [];
}

function permitStart({ view: { znodes, run }, desired: { hostfile } }: Situation): Plan {
  // A worker that was replaced before the claim has another address: the token is replaced by one for its hostfile
  if (!znodes || znodes.startHostfile === hostfile) return [];
  return [[{ do: 'create-start', run: run.id, hostfile }]];
}

/** Don't stop what has already exited: it would be reported as stopped. */
function stop({ view: { znodes, run }, intent }: Situation): Plan {
  if (!intent || !znodes || znodes.stopping || znodes.result) return [];
  return [[{ do: 'create-stop', run: run.id }]];
}
