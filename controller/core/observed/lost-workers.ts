import type { WorkerLoss } from '../model/record.js';
import { indexed } from '../model/swarm-index.js';
import { lossKey } from '../model/waiting.js';
import { isTerminal, type TaskView } from '../model/world.js';
import type { RunView, WorkerView } from './run-view.js';

/**
 * How long mpirun may take to notice by itself that a worker is lost. It needs a moment when the connection broke, and for
 * ever when the worker fell silent; a node that was cut off may come back.
 */
export const LOST_WORKER_GRACE_MS = 30_000;

/**
 * Workers that mpirun was started on and that are there no more, by index. What Swarm made in their place hosts no ranks of this run. A registration that is gone is no loss: only
 * Swarm's word on container or node counts. The container that runs mpirun is not among them.
 */
export function lostWorkers(view: RunView): readonly WorkerLoss[] {
  const claim = view.znodes?.claim;
  if (!claim) return [];
  return view.workers.flatMap(worker => {
    const task = claim.workers[worker.index];
    if (task === undefined || task === claim.task) return [];
    const how = lossOf(view, worker.task);
    if (how === undefined) return [];
    const known = view.record.status.losses?.find(loss => loss.worker === worker.index);
    // A clock that was set back must not lengthen the wait
    const since = Math.min(known?.since ?? view.now, view.now);
    return [{ worker: worker.index, since, message: `${nameOf(worker)}: ${how}` }];
  });
}

/** Lost workers to report: those lost now, else those that caused the stop that is under way. */
export function reportedLosses(view: RunView): readonly WorkerLoss[] {
  const lost = lostWorkers(view);
  if (lost.length > 0 || view.run.stopping !== 'worker-lost') return lost;
  return view.record.status.losses ?? [];
}

/** Whether a worker has been lost for so long that mpirun will not notice by itself. */
export function isLostForGood(view: RunView): boolean {
  return lostWorkers(view).some(({ worker }) => (view.waitedMs(lossKey(worker)) ?? 0) > LOST_WORKER_GRACE_MS);
}

function lossOf({ swarm }: RunView, task: TaskView | undefined): string | undefined {
  if (!task) return 'its container is gone';
  if (isTerminal(task)) return `container ended${endWords(task)}`;
  const node = indexed(swarm).node(task.node ?? '');
  return node && !node.reachable ? 'its node is not reachable' : undefined;
}

/** In characters. */
const MAX_ERROR = 300;

function endWords({ exitCode, error, state }: TaskView): string {
  const code = exitCode === undefined ? ` (${state})` : ` with exit code ${exitCode}`;
  // Swarm's own way of saying that code once more
  if (error === undefined || /^task: non-zero exit \(\d+\)$/.test(error)) return code;
  // Of each of hundreds of workers
  return `${code}: ${error.length > MAX_ERROR ? `${error.slice(0, MAX_ERROR - 1)}…` : error}`;
}

function nameOf({ name, node }: WorkerView): string {
  return node === '' ? name : `${name} on node ${node}`;
}
