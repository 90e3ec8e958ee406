import { groupsOf, type IndexedGroup } from '../../api/types/groups.js';
import { hostfile } from '../../shared/protocol/hostfile.js';
import type { LauncherReport } from '../../shared/protocol/protocol.js';
import { LABEL } from '../model/names.js';
import type { Phase } from '../model/phase.js';
import type { Reason } from '../model/reason.js';
import type { TaskView } from '../model/world.js';
import { isSuitable, suitableWords } from '../nodes/eligible.js';
import type { RunView, WorkerView } from '../observed/run-view.js';
import type { Rungs } from './machine.js';
import { networked } from './network.js';
import { nodeReason } from './node.js';
import { packageReasons } from './package.js';

/** For each rung what keeps it from being true; an empty list means that it holds. */
export interface Facts {
  readonly imaged: readonly Reason[];
  readonly networked: readonly Reason[];
  readonly sshReady: readonly Reason[];
  readonly registered: readonly Reason[];
  readonly hostfileWritten: readonly Reason[];
  /** The launcher has claimed the start. */
  readonly started: boolean;
  /** Something a person must change before this run can get any further, in the words of the container that found it. */
  readonly fault?: Reason;
}

export function facts(view: RunView): Facts {
  const fault = findFault(view);
  return {
    imaged: imaged(view),
    networked: [...networked(view), ...packageReasons(view)],
    sshReady: sshReady(view),
    registered: registered(view),
    hostfileWritten: hostfileWritten(view),
    // The record remembers it, lest a loss of the znodes makes the same run start again
    started: view.znodes?.claim !== undefined || view.run.startedAt !== undefined,
    ...(fault ? { fault } : {}),
  };
}

/** The rungs below `running` that do not hold, lowest first, each with its reasons. */
export function unmetRungs(
  f: Facts,
): readonly { readonly phase: Phase; readonly reasons: readonly Reason[] }[] {
  const ladder: readonly (readonly [Phase, readonly Reason[]])[] = [
    ['imaged', f.imaged],
    ['networked', f.networked],
    ['ssh-ready', f.sshReady],
    ['registered', f.registered],
    ['hostfile-written', f.hostfileWritten],
  ];
  return ladder.flatMap(([phase, reasons]) => (reasons.length > 0 ? [{ phase, reasons }] : []));
}

export function rungs(f: Facts, ended: boolean): Rungs {
  return {
    imaged: f.imaged.length === 0,
    networked: f.networked.length === 0,
    sshReady: f.sshReady.length === 0,
    registered: f.registered.length === 0,
    hostfileWritten: f.hostfileWritten.length === 0,
    started: f.started,
    ended,
  };
}

function imaged(view: RunView): readonly Reason[] {
  return [...imageReasons(view), ...agentReasons(view)];
}

function imageReasons({ image, job, services }: RunView): readonly Reason[] {
  // A service names the image by what it was resolved to, so the question is settled
  if (services.launcher) return [];
  const ref = job.spec.image;
  // Without the number of tries: a job that waits for ever would be stored again at each
  const missing = (error: string) => [{ reason: 'ImageUnavailable', message: `image ${ref}: ${error}` }];
  switch (image.state) {
    case 'resolved':
      return [];
    case 'unknown':
      return [{ reason: 'ImageResolving', message: `looking for image ${ref}` }];
    case 'resolving':
      if (image.error !== undefined) return missing(image.error);
      return [{ reason: 'ImagePulling', message: `pulling image ${ref}: ${image.progress}` }];
    case 'unavailable':
      return missing(image.error);
    default:
      return image satisfies never;
  }
}

/** The agent must be on every node that may host a container of this job. */
function agentReasons({ swarm, job, installation, services }: RunView): readonly Reason[] {
  if (services.launcher) return [];
  const service = swarm.services.find(s => s.labels[LABEL.agent] === installation.agent.content);
  if (!service)
    return [{ reason: 'AgentInstalling', message: 'the agent is not installed on the nodes yet' }];
  const usable = swarm.nodes.filter(node => node.usable);
  const nodesOf = ({ placement }: IndexedGroup) => usable.filter(node => isSuitable(node, placement));
  const groups = groupsOf(job);
  const homeless = groups.filter(group => nodesOf(group).length === 0).map(noUsableNode);
  if (homeless.length > 0) return homeless;
  return usable
    .filter(node => groups.some(group => nodesOf(group).includes(node)))
    .flatMap(node => {
      const tasks = swarm.tasks.filter(task => task.service === service.id && task.node === node.id);
      if (tasks.some(task => task.state === 'complete')) return [];
      const newest = [...tasks].sort((a, b) => b.createdAt - a.createdAt);
      // Swarm tries again and again; between two tries the newest task has nothing to say
      const failed = newest.find(task => task.error);
      if (failed) {
        return [{ reason: 'AgentUnavailable', message: `agent on node ${node.hostname}: ${failed.error}` }];
      }
      return [
        {
          reason: 'AgentInstalling',
          message: `agent on node ${node.hostname}: ${newest[0]?.state ?? 'no task yet'}`,
        },
      ];
    });
}

function noUsableNode({ name, placement }: IndexedGroup): Reason {
  const words = suitableWords(placement);
  const which = words === '' ? '' : ` that ${words}`;
  const whose = name === '' ? '' : `group ${name}: `;
  return { reason: 'NoUsableNode', message: `${whose}no node is ready and active${which}` };
}

function sshReady(view: RunView): readonly Reason[] {
  const { launcherTask, services, workers } = view;
  if (!services.launcher) return [{ reason: 'ContainersMissing', message: 'containers are not created yet' }];
  const launcher =
    taskReason('launcher', launcherTask) ??
    nodeReason(view, { who: 'launcher', index: 0, task: launcherTask });
  if (launcher)
    return [
      launcher,
      ...workers.flatMap(worker => taskReason(worker.name, worker.task, worker.before) ?? []),
    ];
  const waiting = launcherReport(view)?.waiting;
  if (waiting !== undefined) return [{ reason: 'PackageDistributing', message: `launcher: ${waiting}` }];
  return workers.flatMap(worker => {
    const { name } = worker;
    const down = taskReason(name, worker.task, worker.before) ?? nodeReason(view, { ...worker, who: name });
    if (down) return [down];
    if (!worker.registration) return [unreported(name, view)];
    if (worker.registration.waiting !== undefined)
      return [{ reason: 'PackageDistributing', message: `${name}: ${worker.registration.waiting}` }];
    if (!launcherReport(view)) {
      return [{ reason: 'SSHUnproven', message: `${name}: the launcher's agent has not reported yet` }];
    }
    if (!worker.ssh || worker.ssh.task !== worker.registration.task) {
      return [{ reason: 'SSHUnproven', message: `${name}: SSH to ${worker.address} not tried yet` }];
    }
    if (!worker.ssh.ok) {
      return [{ reason: 'SSHFailed', message: `${name}: ${worker.ssh.error} (${tries(worker.ssh.tries)})` }];
    }
    return [];
  });
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
function taskReason(who: string, task: TaskView | undefined, before?: string): Reason | undefined {
  if (!task) return { reason: 'TaskMissing', message: `${who}: Swarm has made no task yet` };
  if (task.state === 'running') return undefined;
  const words = task.error ? `: ${task.error}` : '';
  if (task.error && /no such image|pull access denied|manifest unknown|not found.*image/i.test(task.error)) {
    return { reason: 'ImageUnavailable', message: `${who}${words}` };
  }
  if (task.state === 'pending' && task.error) return { reason: 'Unschedulable', message: `${who}${words}` };
  const again = !task.error && before ? `, again after: ${before}` : '';
  return { reason: 'ContainerNotRunning', message: `${who}: ${task.state}${words}${again}` };
}

function registered({ workers, znodes }: RunView): readonly Reason[] {
  const strangers = (znodes?.registrations ?? []).filter(r => r.index >= workers.length || r.index < 0);
  return [
    ...workers.flatMap(worker => registrationReason(worker) ?? []),
    ...strangers.map(r => ({
      reason: 'UnexpectedWorker',
      message: `a worker ${r.index} registered that is not asked for`,
    })),
  ];
}

function registrationReason({ name, task, address, registration }: WorkerView): Reason | undefined {
  if (!registration || registration.waiting !== undefined)
    return { reason: 'NotRegistered', message: `${name} is not registered` };
  if (task && registration.task !== task.id) {
    return {
      reason: 'StaleRegistration',
      message: `${name} is registered by a container that was replaced`,
    };
  }
  if (registration.address !== address) {
    return {
      reason: 'AddressMismatch',
      message: `${name} registered ${registration.address}, Swarm gave it ${address || 'no address'}`,
    };
  }
  return undefined;
}

function hostfileWritten(view: RunView): readonly Reason[] {
  const { znodes, job } = view;
  const wanted = hostfile(znodes?.registrations ?? []);
  const report = launcherReport(view);
  if (report?.hostfile === wanted && wanted !== '') return [];
  const path = job.spec.mpi.hostfile;
  const message =
    report?.hostfile === undefined
      ? `${path} is not written on the launcher yet`
      : `${path} on the launcher is not the one that the registrations call for`;
  return [{ reason: 'HostfilePending', message }];
}

function findFault({ znodes, workers }: RunView): Reason | undefined {
  const launcher = znodes?.launcher?.fault;
  if (launcher !== undefined) return { reason: 'LauncherFault', message: `launcher: ${launcher}` };
  const worker = znodes?.registrations.find(r => r.fault !== undefined);
  const name = workers.find(({ index }) => index === worker?.index)?.name ?? `worker ${worker?.index}`;
  if (worker) return { reason: 'WorkerFault', message: `${name}: ${worker.fault}` };
  return undefined;
}

/** What the launcher's agent reports; of a container that was replaced it may still be there for a while. */
function launcherReport({ znodes, launcherTask }: RunView): LauncherReport | undefined {
  return znodes?.launcher?.task === launcherTask?.id ? znodes?.launcher : undefined;
}

const tries = (count: number): string => (count === 1 ? '1 try' : `${count} tries`);
