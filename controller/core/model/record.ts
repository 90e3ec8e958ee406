/**
 * What is stored of a job: its identity, its last good manifest, and its status. One znode each, written by the
 * controller alone. Times are milliseconds since the epoch. The phase in it is for display and never an input.
 */
import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import type { RankRecord } from '../../shared/protocol/program-records.js';
import type { Disruption } from './disruption.js';
import type { serviceKey } from './names.js';
import type { Phase } from './phase.js';
import type { ReasonName } from './reasons.js';

export type Outcome = 'Succeeded' | 'Failed' | 'Cancelled';

/** The form of the records that this version writes; see {@link JobRecord.format}. */
export const FORMAT = 2;

export interface JobRecord {
  /** Absent: version 0.1.0 wrote it. */
  readonly format?: number;
  /** `namespace/name` */
  readonly key: string;
  /** Eight hexadecimal digits; a job deleted and made again under the same name has another. */
  readonly uid: string;
  readonly createdAt: number;
  /** The last manifest that was valid. */
  readonly manifest: MPIJob;
  /** What is in the package that it names. Absent: it names none, or there never was one that could be used. */
  readonly package?: PackageContent;
  /** Where it was read: `path:line`. */
  readonly source: string;
  /** Counts the changes of the manifest that call for a new run, from 1. */
  readonly generation: number;
  /** Digest of what runs; a changed one makes a new generation. */
  readonly runHash: string;
  readonly status: JobStatus;
}

export interface JobStatus {
  readonly observedGeneration: number;
  readonly phase: Phase;
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  /** CamelCase word for programs, e.g. `ImageUnavailable`; with {@link JobStatus.message} for people. */
  readonly reason?: ReasonName;
  readonly message?: string;
  readonly startTime?: number;
  readonly completionTime?: number;
  readonly conditions: readonly Condition[];
  readonly waitingOn: readonly Waiting[];
  /** Since when the job has waited for these without a break; each of them may take only so long. */
  readonly timers?: Timers;
  /** It has no run because `spec.runPolicy.suspend` is true. */
  readonly suspended?: true;
  /** Workers that the current run has lost while its command runs, by index. */
  readonly losses?: readonly WorkerLoss[];
  readonly workers: readonly WorkerStatus[];
  /** Of the last run, by rank: what ranks say of themselves, at most {@link MAX_RANKS}; absent where none says anything. */
  readonly ranks?: readonly RankStatus[];
  /** Oldest first; the last one is current. At most {@link MAX_RUNS}. */
  readonly runs: readonly RunStatus[];
  /** In the order in which they first came, at most {@link MAX_EVENTS}. */
  readonly events: readonly JobEvent[];
}

export const MAX_RUNS = 20;
export const MAX_EVENTS = 50;
/** About 20 KB, so that a job of thousands of ranks stays far from the 1 MB of a znode. */
export const MAX_RANKS = 256;

/** As Kubernetes' metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ReasonName;
  readonly message: string;
  readonly lastTransitionTime: number;
}

export interface Waiting {
  /** The rung that is not reached yet. */
  readonly for: Phase;
  readonly reason: ReasonName;
  /** The evidence: "worker 3: connection refused by 10.0.1.7:2022". */
  readonly message: string;
  /** Which one it is about, where there may be several with the same reason: `worker 3`, `launcher`, the name of a node. */
  readonly about?: string;
  readonly since: number;
}

/** Waits that may take only so long, each with a reason of its own. */
export const TIMED = [
  'ZnodesLost',
  'RunUnreadable',
  'LauncherUnreachable',
  'ResultPending',
  'Stopping',
  'PlacementPending',
  'LossPending',
  'DisruptionPending',
  'CleaningUp',
] as const satisfies readonly ReasonName[];
export type Timed = (typeof TIMED)[number];

/** Milliseconds since the epoch. */
export type Timers = Readonly<Partial<Record<Timed, number>>>;

export interface WorkerLoss {
  /** Index of the worker. */
  readonly worker: number;
  /** When it was first seen. */
  readonly since: number;
  /** "worker 2 on node n3: container ended with exit code 137" */
  readonly message: string;
}

export interface WorkerStatus {
  readonly index: number;
  /** Name of its group; absent where all workers are alike. */
  readonly group?: string;
  readonly node: string;
  readonly address: string;
  /** Swarm's task state, `running` when up. */
  readonly state: string;
  readonly ssh: 'unknown' | 'ok' | 'failed';
  readonly registered: boolean;
  /** As `ranges` writes them. */
  readonly ranks: string;
  readonly message?: string;
}

export type RankState = RankRecord['state'];

export interface RankStatus {
  readonly rank: number;
  /** Index of its worker. */
  readonly worker: number;
  readonly state: RankState;
  /** When the state began, by the clock of its worker. */
  readonly since: number;
  /** Of a rank that failed: what went wrong, on one line. */
  readonly error?: string;
}

/** How many ranks of a run say what of themselves. */
export interface RankCounts {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /** Those that failed first, in that order; a few. */
  readonly failures: readonly RankStatus[];
}

export interface RunStatus {
  readonly number: number;
  /** Unique in the cluster: `<name>-<uid>-<number>`. */
  readonly id: string;
  readonly generation: number;
  readonly createdAt: number;
  /** Of a run whose workers go to one node, or each to another, where that must be chosen for Swarm. */
  readonly nodes?: ChosenNodes;
  /** How many runs of this generation had failed before; absent: none. */
  readonly failures?: number;
  /** How many of those did not count against the back-off limit; absent: none. */
  readonly ignored?: number;
  /** `spec.runPolicy.rerun` when it was made; absent: it was not given. */
  readonly rerun?: string;
  /** After so many seconds without ZooKeeper its launcher ends the command; absent: it never does. */
  readonly unreachableSeconds?: number;
  /** Id of the node of the container that has claimed the start: Swarm forgets the tasks of a node that is down for a day. */
  readonly launcherNode?: string;
  /** When each rung was first reached. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly image?: string;
  /** Of the overlay network, in CIDR notation. */
  readonly subnet?: string;
  /** First line of `mpirun --version` on a worker. */
  readonly mpirun?: string;
  readonly startedAt?: number;
  /** Why mpirun was asked to end; stored before it is asked. */
  readonly stopping?: StopIntent;
  /** Why the run was ended, where it did not end by itself. */
  readonly stopped?: StopIntent;
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  readonly reason?: ReasonName;
  readonly message?: string;
  /** What Swarm or a person does, or did, to a node or container of it while the command ran. */
  readonly disruption?: Disruption;
  /** Absent where no rank says anything of itself. */
  readonly ranks?: RankCounts;
  /** Of an ended run: where each rank ran; {@link expandPlacement} lists them. */
  readonly placement?: readonly PlacedRanks[];
  /** Its znodes could not be removed: a program has made some that only it may remove. */
  readonly leftBehind?: true;
  /** Of a run that has started: what is kept of its output. Absent until it is stored. */
  readonly output?: RunOutput;
}

/** Worker index (-1: the launcher), host name of its node, and ranks as `ranges` writes them. */
export type PlacedRanks = readonly [worker: number, node: string, ranks: string];

export interface RunOutput {
  /** What is stored, in bytes. */
  readonly bytes: number;
  /** Why nothing is kept any more. */
  readonly removed?: { readonly at: number; readonly reason: ReasonName; readonly message: string };
}

export interface RankPlace {
  readonly rank: number;
  readonly worker: number;
  readonly node: string;
}

export interface JobEvent {
  readonly at: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: ReasonName;
  readonly message: string;
  /** How often in this run; then `at` is the last time, and `first` the first. */
  readonly count: number;
  readonly first?: number;
  /** Number of the run; 0 before the first one. */
  readonly run: number;
}

/** Why a run that has not ended should end now; the strongest first: what removes more. */
export const INTENTS = [
  'deleted',
  'cancelled',
  'superseded',
  'suspended',
  'deadline',
  'start-deadline',
  'worker-lost',
] as const;

export type StopIntent = (typeof INTENTS)[number];

/**
 * Nodes that are chosen when a run is admitted, and stored with it, by {@link serviceKey} of the service whose containers are
 * bound to them. Swarm has no constraint for "any node, but the same for all", nor to keep the tasks of two services apart.
 */
export type ChosenNodes = Readonly<Record<string, string>>;
