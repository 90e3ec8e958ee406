import type { Reason } from '../model/reason.js';
import type { TaskView } from '../model/world.js';
import { launcherReport, type RunView, type WorkerView } from '../observed/run-view.js';
import { nodeReason } from './node.js';

/** Why a container is not up, or not reached over SSH by the launcher. */
export function sshReady(view: RunView): readonly Reason[] {
  const { launcherTask, services, workers } = view;
  if (!services.launcher) return [{ reason: 'ContainersMissing', message: 'containers are not created yet' }];
  const launcher =
    taskReason('launcher', launcherTask, view) ??
    nodeReason(view, { who: 'launcher', index: 0, task: launcherTask });
  if (launcher)
    return [
      about('launcher', launcher),
      ...each(workers, worker => taskReason(worker.name, worker.task, view, worker.before)),
    ];
  const waiting = launcherReport(view)?.waiting;
  if (waiting !== undefined)
    return [about('launcher', { reason: 'PackageDistributing', message: `launcher: ${waiting}` })];
  return each(workers, worker => workerReason(view, worker));
}

function each(
  workers: readonly WorkerView[],
  reasonOf: (worker: WorkerView) => Reason | undefined,
): readonly Reason[] {
  return workers.flatMap(worker => {
    const reason = reasonOf(worker);
    return reason ? [about(worker.name, reason)] : [];
  });
}

function about(who: string, reason: Reason): Reason {
  return { ...reason, about: who };
}

function workerReason(view: RunView, worker: WorkerView): Reason | undefined {
  const { name } = worker;
  const down =
    taskReason(name, worker.task, view, worker.before) ?? nodeReason(view, { ...worker, who: name });
  if (down) return down;
  if (!worker.registration) return unreported(name, view);
  if (worker.registration.waiting !== undefined)
    return { reason: 'PackageDistributing', message: `${name}: ${worker.registration.waiting}` };
  if (!launcherReport(view))
    return { reason: 'SSHUnproven', message: `${name}: the launcher's agent has not reported yet` };
  if (!worker.ssh || worker.ssh.task !== worker.registration.task)
    return { reason: 'SSHUnproven', message: `${name}: SSH to ${worker.address} not tried yet` };
  if (worker.ssh.ok) return undefined;
  return { reason: 'SSHFailed', message: `${name}: ${worker.ssh.error} (${tries(worker.ssh.tries)})` };
}

/** An agent reports when it has the package, or when a try to get it failed. */
function unreported(name: string, { record, job }: RunView): Reason {
  const message = `${name}: its agent has not reported yet`;
  if (!record.package) return { reason: 'SSHUnproven', message };
  return { reason: 'PackageDistributing', message: `${message}; first it gets package ${job.spec.package}` };
}

/**
 * Why a container is not up, in Swarm's words.
 * @param before what was said of the container before this one, so that one that fails again and again shows why.
 */
function taskReason(
  who: string,
  task: TaskView | undefined,
  { now, job }: RunView,
  before?: string,
): Reason | undefined {
  if (!task) return { reason: 'TaskMissing', message: `${who}: Swarm has made no task yet` };
  if (task.state === 'running') return undefined;
  const words = task.error ? `: ${task.error}` : '';
  if (task.error && /no such image|pull access denied|manifest unknown|not found.*image/i.test(task.error)) {
    return { reason: 'ImageUnavailable', message: `${who}${words}` };
  }
  if (task.state === 'pending' && task.error) return { reason: 'Unschedulable', message: `${who}${words}` };
  if (task.state === 'new' && !task.error && now - task.createdAt > ADDRESS_MS) {
    const lacks = `Swarm has not given it an address of network ${job.spec.network.name} yet`;
    return { reason: 'ContainerNotRunning', message: `${who}: new: ${lacks}` };
  }
  const again = !task.error && before ? `, again after: ${before}` : '';
  return { reason: 'ContainerNotRunning', message: `${who}: ${task.state}${words}${again}` };
}

/** Swarm gives a new task its addresses at once, and says nothing where it has none left. */
const ADDRESS_MS = 10_000;

const tries = (count: number): string => (count === 1 ? '1 try' : `${count} tries`);
