import type { RankRecord } from '../../shared/protocol/program-records.js';
import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
} from '../../shared/protocol/protocol.js';

export type Seen<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

export type Labels = Readonly<Record<string, string>>;

export interface SwarmWorld {
  readonly nodes: readonly NodeView[];
  /** All networks, ours or not: a job may use one that someone else made, or want a name that is taken. */
  readonly networks: readonly NetworkView[];
  readonly services: readonly ServiceView[];
  /** Tasks of those services, Swarm's short history included. */
  readonly tasks: readonly TaskView[];
  readonly secrets: readonly ObjectView[];
  readonly configs: readonly ObjectView[];
  /** Containers on this engine that serve packages. */
  readonly packages: readonly PackageView[];
  /** Names of the networks that the embedded ZooKeeper is attached to; undefined where ZooKeeper is not ours. */
  readonly zooKeeperNetworks?: readonly string[];
}

export interface NodeView {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  /** Reachable and accepting tasks: state ready, availability active. */
  readonly usable: boolean;
  /** The managers hear of it. */
  readonly reachable: boolean;
  /** A person has drained it: Swarm stops what runs there. */
  readonly drained?: true;
  readonly address: string;
  readonly labels: Labels;
  /** All that its containers may reserve together; undefined: the engine does not say. */
  readonly capacity?: Amounts;
}

export interface Amounts {
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

/** What a container that is not ours reserves on a node; also one of ours that no service made. */
export interface Reservation extends Amounts {
  /** Empty where it is on none: an address of a service. */
  readonly node: string;
  /** Ids of the networks of which it has an address. */
  readonly networks?: readonly string[];
}

export interface NetworkView {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly scope: string;
  readonly attachable: boolean;
  readonly encrypted: boolean;
  /** CIDR notation; empty until Swarm has allocated it. */
  readonly subnets: readonly string[];
  /** How many addresses it has for containers, those of nodes included; undefined until Swarm has allocated it. */
  readonly addresses?: number;
  readonly labels: Labels;
}

export interface ServiceView {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /** Which nodes its tasks may be on; absent: all. */
  readonly constraints?: readonly string[];
  /** Absent: one on each node. */
  readonly replicas?: number;
}

export interface ObjectView {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
}

/** Swarm's task states, in the order they are passed (moby/swarmkit design/task_model.md). */
export const TASK_STATES = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export interface TaskView {
  readonly id: string;
  readonly service: string;
  /** Counted from 1; 0 for tasks of global services. */
  readonly slot: number;
  readonly node?: string;
  readonly state: TaskState;
  readonly desired: TaskState;
  /** The engine's own words on why the task is in this state. */
  readonly error?: string;
  readonly exitCode?: number;
  /** Addresses without prefix length, by network id. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** Undefined: nothing. */
  readonly reserved?: Amounts;
}

/** The task has ended; Swarm's tasks never go back. */
export function isTerminal(task: Pick<TaskView, 'state'>): boolean {
  return TASK_STATES.indexOf(task.state) > TASK_STATES.indexOf('running');
}

/** What a rank says of itself. */
export interface RankReport extends RankRecord {
  /** World rank. */
  readonly rank: number;
}

/** What is known of a run's znodes. */
export interface RunWorld {
  /** By worker index, ascending. */
  readonly registrations: readonly Registration[];
  readonly launcher?: LauncherReport;
  readonly placements: readonly Placement[];
  /** By rank, ascending; of a run with a result, all that was reported before it. */
  readonly ranks: readonly RankReport[];
  /** The start token is there. */
  readonly started: boolean;
  /** The hostfile for which it was made. */
  readonly startHostfile?: string;
  /** The stop token is there. */
  readonly stopping: boolean;
  readonly claim?: Claim;
  readonly result?: RunResult;
}

/** Pauses after a failed try to resolve an image, each twice the one before, in milliseconds. */
export const IMAGE_RETRY_MS = { first: 5_000, longest: 300_000 } as const;

export type ImageState =
  | { readonly state: 'unknown' }
  | {
      readonly state: 'resolving';
      readonly since: number;
      readonly progress: string;
      /** The previous poll's result, until there is progress to report. */
      readonly error?: string;
    }
  | {
      readonly state: 'resolved';
      /** What Swarm runs: `name@sha256:…`, or an image id where no registry gave a digest. */
      readonly pinned: string;
    }
  | {
      readonly state: 'unavailable';
      /** The engine's words. */
      readonly error: string;
      readonly tries: number;
      readonly retryAt: number;
    };

/** A container that serves a package, as Docker lists it. */
export interface PackageView {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** It runs; it is started when all of the package is in it. */
  readonly serves: boolean;
  readonly networks: readonly string[];
}

/** What is known of bringing a package to where containers get it. */
export type Delivery =
  | { readonly state: 'idle' }
  | { readonly state: 'sending' }
  | { readonly state: 'failed'; readonly error: string; readonly retryAt: number };

export interface StoredOutput {
  readonly bytes: number;
  /** When it was stored, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Expiry {
  readonly reason: 'RunLimit' | 'AgeLimit' | 'SizeLimit';
  readonly message: string;
}
