import { groupOf } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import { given } from '../../shared/given.js';
import type { LauncherReport, Registration, SshProof } from '../../shared/protocol/protocol.js';
import { LABEL } from '../model/names.js';
import type { JobRecord, RunStatus } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import { indexed, type SwarmIndex } from '../model/swarm-index.js';
import { storedWaits } from '../model/waiting.js';
import type {
  Delivery,
  ImageState,
  NetworkView,
  ObjectView,
  RunWorld,
  ServiceView,
  SwarmWorld,
  TaskView,
} from '../model/world.js';

/** Everything observed that concerns one run, sorted out of the world once. */
export interface RunView {
  readonly job: MPIJob;
  readonly record: JobRecord;
  readonly run: RunStatus;
  readonly installation: Installation;
  readonly now: number;
  /** For how long the run has waited for something, by a clock that never jumps; undefined: it has not yet. */
  readonly waitedMs: Waited;
  readonly swarm: SwarmWorld;
  readonly network?: NetworkView;
  readonly image: ImageState;
  /** What is known of bringing the run's package to its containers. */
  readonly delivery: Delivery;
  /** Of the workers one for each group that has containers beside the launcher's. */
  readonly services: { readonly launcher?: ServiceView; readonly workers: readonly ServiceView[] };
  readonly secrets: { readonly launcher?: ObjectView; readonly worker?: ObjectView };
  readonly config?: ObjectView;
  /** Of a run that has started: the container that has claimed the start. */
  readonly launcherTask?: TaskView;
  /** One for each expected worker, by index. */
  readonly workers: readonly WorkerView[];
  /** Undefined: the run has no znodes, or they are unreadable. */
  readonly znodes?: RunWorld;
  /** Why its znodes cannot be read: what they say, whether the run has started or how it ended, is unknown. */
  readonly unreadable?: string;
  /** The run's output is stored completely. */
  readonly outputStored: boolean;
}

export interface WorkerView {
  readonly index: number;
  /** Name of its group; empty where all workers are alike. */
  readonly group: string;
  /** `worker 3`, or `worker 3 (GROUP)`. */
  readonly name: string;
  readonly task?: TaskView;
  /** What the engine said when the container before this one ended. */
  readonly before?: string;
  /** Host name of the node, or an empty string. */
  readonly node: string;
  /** What Swarm says is the address on the run's overlay, or an empty string. */
  readonly address: string;
  readonly registration?: Registration;
  readonly ssh?: SshProof;
}

/** @param what a reason, or {@link lossKey} of a worker. */
export type Waited = (what: string) => number | undefined;

export interface RunViewInputs {
  readonly record: JobRecord;
  readonly run: RunStatus;
  readonly installation: Installation;
  readonly now: number;
  /** Absent: by what is stored and {@link RunViewInputs.now}. */
  readonly waitedMs?: Waited;
  readonly swarm: SwarmWorld;
  readonly image: ImageState;
  readonly delivery?: Delivery;
  readonly znodes: RunWorld | undefined;
  readonly unreadable?: string | undefined;
  readonly outputStored: boolean;
}

export function runView(inputs: RunViewInputs): RunView {
  const { record, run, swarm, znodes, unreadable, delivery = { state: 'idle' }, waitedMs, ...rest } = inputs;
  const job = record.manifest;
  const index = indexed(swarm);
  const named = index.networks(job.spec.network.name);
  const network = named.find(n => n.driver === 'overlay') ?? named[0];
  const { services, secrets, configs } = index.run(run.id);
  const launcher = services.find(s => s.labels[LABEL.role] === 'launcher');
  const workers = services.filter(s => s.labels[LABEL.role] === 'workers');
  const claim = znodes?.claim;
  const launcherTask = claim ? index.task(claim.task) : launcher && currentTask(index, launcher.id, 1);
  const secret = (role: string) => secrets.find(s => s.labels[LABEL.role] === role);
  const launcherSecret = secret('launcher');
  const workerSecret = secret('worker');
  const [config] = configs;
  const registrations = new Map(znodes?.registrations.map(one => [one.index, one]));
  const led = job.spec.launcher.mode === 'Worker0' ? 1 : 0;

  const worker = (_: unknown, at: number): WorkerView => {
    // Once it has started a run is made of the containers it was started on, whatever Swarm has put in their place
    const started = claim?.workers[at];
    const group = groupOf(job, at);
    const service = workers.find(({ labels }) => (labels[LABEL.group] ?? '') === group.name);
    const task =
      started !== undefined
        ? index.task(started)
        : at < led
          ? launcherTask
          : service && currentTask(index, service.id, at - Math.max(group.first, led) + 1);
    const known = started !== undefined && !task ? record.status.workers[at] : undefined;
    const before = task && task.state !== 'running' ? lastError(index, task) : undefined;
    const registration = registrations.get(at);
    const ssh = znodes?.launcher?.ssh[String(at)];
    return {
      index: at,
      group: group.name,
      name: `worker ${at}${group.name === '' ? '' : ` (${group.name})`}`,
      node: (task?.node && index.node(task.node)?.hostname) ?? known?.node ?? '',
      address: (network && task?.addresses[network.id]) ?? known?.address ?? '',
      ...given({ task, before, registration, ssh }),
    };
  };

  return {
    ...rest,
    waitedMs: waitedMs ?? storedWaits(record, inputs.now),
    job,
    record,
    run,
    swarm,
    delivery,
    ...given({ network }),
    services: { ...given({ launcher }), workers },
    secrets: {
      ...given({ launcher: launcherSecret, worker: workerSecret }),
    },
    ...given({ config, launcherTask }),
    workers: Array.from({ length: job.spec.workers.replicas }, worker),
    ...given({ znodes, unreadable }),
  };
}

/** What the launcher's agent reports; of a container that was replaced it may still be there for a while. */
export function launcherReport({ znodes, launcherTask }: RunView): LauncherReport | undefined {
  return znodes?.launcher?.task === launcherTask?.id ? znodes?.launcher : undefined;
}

/** Of all tasks that a slot ever had, the one that counts: wanted running first, then the newest. */
function currentTask(index: SwarmIndex, service: string, slot: number): TaskView | undefined {
  return [...index.tasksIn(service, slot)].sort(
    (a, b) =>
      Number(isWanted(b)) - Number(isWanted(a)) || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1),
  )[0];
}

/** Why the newest ended task of the same slot ended, when it failed. */
function lastError(index: SwarmIndex, task: TaskView): string | undefined {
  return index
    .tasksIn(task.service, task.slot)
    .filter(({ id, error }) => id !== task.id && error)
    .sort((a, b) => b.createdAt - a.createdAt)[0]?.error;
}

function isWanted(task: TaskView): boolean {
  return task.desired === 'running' || task.desired === 'ready' || task.desired === 'complete';
}
