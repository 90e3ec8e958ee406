/**
 * What controller and agents tell each other: the files the controller mounts into a run's containers, and the
 * znodes both sides read and write. Everything here is JSON; a record that does not parse is treated as absent.
 */

import type { PackageCredential, RunPackage } from './package-service.js';

export type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
  SshProof,
  StartToken,
} from './run-records.js';

/** Where the controller's files appear inside every container of a run. */
export const PATHS = {
  /** The agent volume: Node, its libraries, the agent bundle and the rank recorder. Read-only. */
  agent: '/opt/mpiswarm',
  /** {@link RunSpec} as JSON, a Swarm config. */
  runSpec: '/etc/mpiswarm/run.json',
  /** {@link WorkerSecret} as JSON, a Swarm secret; in containers that host ranks. */
  workerSecret: '/run/secrets/mpiswarm-worker',
  /** {@link LauncherSecret} as JSON, a Swarm secret; only in the container that runs mpirun. */
  launcherSecret: '/run/secrets/mpiswarm-launcher',
  /** A tmpfs, mode 1777: the agent's private files; `ranks/` in it is where ranks record themselves. */
  scratch: '/run/mpiswarm',
  /** What programs of the run may read of it: `run.properties`, `job.properties`, and the links `logs` and `package`. Made by the agent. */
  jobFolder: '/run/mpiswarm/job',
} as const;

/**
 * How the role of the job master is reached, as ZooKeeper's connection strings name a znode: `10.0.0.5:2181,10.0.0.6:2181`
 * and `/mpiswarm/runs/ring-1a2b3c4d-1` give `10.0.0.5:2181,10.0.0.6:2181/mpiswarm/runs/ring-1a2b3c4d-1`.
 * @param zookeeper `host:port[,host:port]`, no path.
 * @param znode absolute path of the run's znode.
 */
export function jobMasterAddress(zookeeper: string, znode: string): string {
  return `${zookeeper}${znode}`;
}

/** What the image for Java programs and the controller agree on. */
export const JAVA = {
  /** Class that is started for `java.workerClass`. */
  starter: 'dev.mpiswarm.worker.WorkerStarter',
  /** System property with the name of that class. */
  workerClass: 'mpiswarm.worker.class',
  /** Folder in the image with the jars of the starter, of its ZooKeeper client and of Open MPI. */
  jars: '/opt/mpiswarm-java/lib',
} as const;

/** Environment that the controller sets on the container's main process, the agent. */
export const AGENT_ENV = {
  /** Comma list of roles of this container: `launcher`, `worker` or `launcher,worker`. */
  roles: 'MPISWARM_ROLES',
  /** Swarm's task slot, counted from 1. Worker index = slot - 1 + {@link AGENT_ENV.firstIndex}. */
  slot: 'MPISWARM_SLOT',
  /** Worker index of slot 1 of this service. */
  firstIndex: 'MPISWARM_FIRST_INDEX',
  task: 'MPISWARM_TASK',
  node: 'MPISWARM_NODE',
  nodeHostname: 'MPISWARM_NODE_HOSTNAME',
} as const;

/**
 * Everything public that a container needs to know of its run. Byte-equal for all containers of a run. The needs are those of a worker of
 * the first group, where there are several.
 */
/**
 * What the engine keeps of a container's log: so many files, each so many times the output limit. A third would replace the first,
 * with the beginning of the output; the agent stops before.
 */
export const CONTAINER_LOG = { files: 2, factor: 2.5 } as const;

export interface RunSpec extends WorkerNeeds {
  readonly protocol: 1;
  /** Run id, unique in the cluster; the name of the run's znode. */
  readonly run: string;
  /** `namespace/name` of the job. */
  readonly job: string;
  /** `host:port[,host:port]`, no path. */
  readonly zookeeper: string;
  /** Absolute path of the run's znode, e.g. `/mpiswarm/runs/ring-1a2b3c4d-1`. */
  readonly znode: string;
  /** ZooKeeper session timeout of agents, in milliseconds. */
  readonly sessionTimeoutMs: number;
  readonly workers: number;
  /** Of a worker of the first group, where there are several. */
  readonly slotsPerWorker: number;
  /** Where workers are given in groups: these, in the order in which they are counted; see `groupAt`. */
  readonly groups?: readonly (WorkerNeeds & {
    readonly name: string;
    readonly workers: number;
    readonly slots: number;
  })[];
  /** The job's own configuration, for its programs. */
  readonly configuration?: Readonly<Record<string, string>>;
  readonly package?: RunPackage;
  /** Of a Java program: its class path as `java -cp` takes it, and the classes that have to be found by it. */
  readonly java?: { readonly classPath: string; readonly classes: readonly string[] };
  /** Subnets of the run's overlay in CIDR notation; an agent's own address is the one inside them. */
  readonly subnets: readonly string[];
  readonly sshPort: number;
  /** User that ranks run as (`workers.user` without group), or `root`. */
  readonly sshUser: string;
  /** Public key line (`ssh-ed25519 AAAA…`) of the host key that every sshd of the run shows. */
  readonly hostPublicKey: string;
  /** Public key line that every sshd of the run accepts; no other key is accepted. */
  readonly clientPublicKey: string;
  /** Absolute path of the hostfile on the launcher. */
  readonly hostfile: string;
  /** The command of the run: `mpirun …`, or {@link PATHS}.agent`/bin/each …` without it, exactly as it is started. */
  readonly command: readonly string[];
  /** Environment added for that command (Open MPI's settings of both generations). */
  readonly commandEnv: Readonly<Record<string, string>>;
  /**
   * Variables that the launcher sets to the name of the overlay's interface, where it is the same in all containers:
   * PRRTE 3.0, in Open MPI 5.0, does not find an interface by its subnet (open-mpi/ompi #13155).
   */
  readonly interfaceVariables: readonly string[];
  /** Time between SIGTERM and SIGKILL for the command, in milliseconds. */
  readonly graceMs: number;
  /** After so many seconds without any answer of ZooKeeper the launcher ends the command; absent: it never does. */
  readonly unreachableSeconds?: number;
  /** Bytes of output that a container passes on; absent in runs of older versions, which have no limit. */
  readonly outputLimit?: number;
}

export interface WorkerSecret extends PackageCredential {
  /** Host private key, OpenSSH format. */
  readonly hostKey: string;
  /** Digest credential `user:password` for the run's znodes. */
  readonly zookeeper: string;
}

export interface LauncherSecret extends PackageCredential {
  /** Client private key, OpenSSH format. */
  readonly clientKey: string;
  readonly zookeeper: string;
}

/**
 * Children of a run's znode. The data of the run's znode itself is a bell: any write to it says "look again". What programs may
 * rely on is described for them in docs/reference/run-record.md; its types are in program-records.ts.
 */
export const RUN_ZNODES = {
  /** The nodes of {@link RunDirectory}, persistent, made by the controller with the run's znode. */
  nodes: 'nodes',
  /** The job master of {@link RunDirectory}, as text, persistent, made by the controller with the run's znode. */
  jobMaster: 'job-master',
  /** `workers/<index>`: {@link Registration}, ephemeral. */
  workers: 'workers',
  /** {@link LauncherReport}, ephemeral. */
  launcher: 'launcher',
  /** `placement/<index>`: {@link Placement}, persistent. */
  placement: 'placement',
  /** `ranks/<rank>`: {@link RankRecord}, persistent, written by the run's programs. */
  ranks: 'ranks',
  /** `barriers/<name>/<rank>`: for the run's programs to meet in. */
  barriers: 'barriers',
  /** `members/<rank>`: for the run's programs to say that they are there. */
  members: 'members',
  /** Start token, persistent, made once by the controller. Data: {@link StartToken}. */
  start: 'start',
  /** The launcher's claim on the start token, persistent, made once. Data: {@link Claim}. */
  claim: 'claim',
  /** {@link RunResult}, persistent, made once by the launcher. */
  result: 'result',
  /** Stop token, persistent, made once by the controller: the launcher ends the command, or never starts it. */
  stop: 'stop',
} as const;

/** What the manifest asks for each of the workers that are alike. */
export interface WorkerNeeds {
  /** Names of further ports that every worker finds free ones for; absent: none. */
  readonly ports?: readonly string[];
  /** CPUs (may be a fraction) and memory in bytes that Swarm keeps for each worker; absent: none. */
  readonly requests?: { readonly cpus?: number; readonly memoryBytes?: number };
}
