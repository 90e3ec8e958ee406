import { given } from '../../shared/given.js';
import { starter } from '../desired/start-command.js';
import type { RunEnd } from '../model/run-end.js';
import { isTerminal, type TaskView } from '../model/world.js';
import { lostWorkers } from '../observed/lost-workers.js';
import type { RunView } from '../observed/run-view.js';
import { checkPlacement } from './rank-placement.js';

/**
 * Exit codes from here on are a signal's, or say that no program was started (125 to 127): an agent that is killed or asked to end
 * before it started its command has such a one, as the command may have too.
 */
const FIRST_AMBIGUOUS = 125;
/** Of Node that could not load the agent, and of an agent that gave up (EX_SOFTWARE). */
const OWN_CODES = [1, 70];

/**
 * Whether a launcher's container ended as only one does whose command has run. ZooKeeper that knows nothing of a claim then has
 * lost it: it was restored from an older state, or its znodes were removed.
 */
export function hasRunCommand(task: TaskView | undefined): boolean {
  if (!task || !isTerminal(task) || task.exitCode === undefined) return false;
  const { exitCode } = task;
  return exitCode === 0
    ? task.state === 'complete'
    : exitCode < FIRST_AMBIGUOUS && !OWN_CODES.includes(exitCode);
}

/** Whether the command has run although neither record nor znodes say so: the run must not be made again. */
export function hasRunUnclaimed({ run, znodes, launcherTask }: RunView): boolean {
  return run.startedAt === undefined && !znodes?.claim && !znodes?.result && hasRunCommand(launcherTask);
}

/** How a run ends of which {@link hasRunUnclaimed} holds. */
export function unclaimedEnd({ launcherTask, job }: RunView): RunEnd {
  const exitCode = launcherTask?.exitCode;
  const found = `the launcher's container ended with exit code ${exitCode}, so ${starter(job)} has run, but ZooKeeper has no record of its start`;
  const next = 'ZooKeeper may have been restored from an older state';
  const again = exitCode === 0 ? '; set spec.runPolicy.rerun to run the job again' : '';
  return {
    outcome: 'Failed',
    reason: 'ZnodesLost',
    message: `${found}; ${next}${again}`,
    ...given({ exitCode }),
  };
}

/** How a run ended whose launcher's container ended without a result, by Swarm's word. */
export function endWithoutResult(view: RunView): RunEnd {
  const { launcherTask: task } = view;
  const exitCode = task?.exitCode;
  if (endedWell(view))
    return {
      outcome: 'Succeeded',
      exitCode: 0,
      reason: 'Completed',
      message: `${starter(view.job)} exited with code 0, by Swarm's word: the launcher's container ended before its result reached ZooKeeper`,
    };
  return { outcome: 'Failed', reason: 'LauncherLost', message: lostWords(view), ...given({ exitCode }) };
}

export function lostWords({ launcherTask: task }: RunView): string {
  const words = task ? ` (${task.state}${task.error ? `: ${task.error}` : ''})` : '';
  return `the launcher's container ended without a result${words}`;
}

/**
 * Exit code 0 alone proves nothing: Open MPI may run all ranks in one place, and end so when a worker is lost. With every rank
 * reported from its place, and no worker lost, it does.
 */
function endedWell(view: RunView): boolean {
  const { launcherTask: task, znodes, job } = view;
  return (
    task?.state === 'complete' &&
    task.exitCode === 0 &&
    znodes?.claim?.task === task.id &&
    lostWorkers(view).length === 0 &&
    checkPlacement(job, znodes.placements).verdict === 'right'
  );
}
