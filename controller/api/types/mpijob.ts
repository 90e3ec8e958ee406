// Generated from crd-like-schemas/mpijob.yaml by scripts/schema/generate.ts. Do not edit: change the schema, run the generator.

/** One MPI job, run on Docker Swarm. A minimal manifest has image, workers.replicas and command. */
export interface MPIJob {
  /** API version. Documents of other versions and kinds are ignored. */
  readonly apiVersion: 'mpiswarm.dev/v1';
  /** Always `MPIJob`. */
  readonly kind: 'MPIJob';
  /** Name, namespace and labels of the job. */
  readonly metadata: JobMetadata;
  /** What the job runs, and where. */
  readonly spec: JobSpec;
}

/** Name, namespace and labels of the job. */
export interface JobMetadata {
  /** Name of the job, unique in its namespace. It becomes part of service and host names, so it is a DNS-1035 label. */
  readonly name: string;
  /** Group of jobs in which the name is unique. It separates names only, not networks or rights. */
  readonly namespace: string;
  /** Your own labels. Changing them never restarts anything. Keys under `mpiswarm.dev/` are reserved. */
  readonly labels: { readonly [key: string]: string };
  /** Your own notes. Changing them never restarts anything. */
  readonly annotations: { readonly [key: string]: string };
}

/** What the job runs, and where. */
export interface JobSpec {
  /** Image of launcher and workers. It needs `ssh` and `sshd` and, in mode `MPI`, `mpirun`; it needs neither Node nor keys nor a password. */
  readonly image: string;
  /** `IfNotPresent` pulls an image that the engine does not have, `Always` asks the registry before each run, `Never` uses what the engine has. */
  readonly imagePullPolicy: 'IfNotPresent' | 'Always' | 'Never';
  /** `MPI`: mpirun starts the command on the workers; `Command`: every worker runs the command itself, once for each slot, without mpirun. By default, it is `MPI`. */
  readonly mode?: 'MPI' | 'Command';
  /** The containers that host the ranks, all alike, or a list of up to 16 groups of workers that are alike. */
  readonly workers: Workers;
  /** The container that runs mpirun, or starts the command on the workers. */
  readonly launcher: Launcher;
  /** The overlay network that joins launcher and workers. It is created if it does not exist. */
  readonly network: JobNetwork;
  /** How mpirun reaches the workers. Keys are made for each run; there is nothing to set up. */
  readonly ssh: Ssh;
  /** How mpirun is called. In mode `Command` only `hostfile` applies; other fields are refused. */
  readonly mpi: Mpi;
  /** Files that every container of a run finds in `/run/mpiswarm/job/package`: a folder, a tar archive (`.tar`, `.tar.gz`, `.tgz`), whose content it is, or any other file, such as a jar. A path below the manifest's own folder. Other content is a change of what runs. */
  readonly package?: string;
  /** The program, started on every rank, by mpirun in mode `MPI`. No shell is put around it. In mode `Command` it finds its place in `MPISWARM_RANK` of `MPISWARM_RANKS` and `MPISWARM_WORKER` of `MPISWARM_WORKERS`. Required, unless `java` is given. */
  readonly command?: readonly string[];
  /** A Java program, instead of `command`: mpirun starts `java` with these settings on every rank. The class is given the name of the job, the address of the job master, and then `args`. */
  readonly java?: Java;
  /** Arguments of the command, or of the Java class. */
  readonly args: readonly string[];
  /** The job's own settings. Every container has them in the file `/run/mpiswarm/job/job.properties`. */
  readonly configuration: { readonly [key: string]: string };
  /** When the job runs, how often, and what stays of it. Limits and deadlines may be changed while it runs. */
  readonly runPolicy: RunPolicy;
}

/** The containers that host the ranks, all alike, or a list of up to 16 groups of workers that are alike. */
export interface Workers {
  /** Number of workers, including worker 0 if it is also the launcher. */
  readonly replicas: number;
  /** Ranks that each worker has room for; written to the hostfile as `slots=`. */
  readonly slots: number;
  /** At most so many workers on one node. Not together with launcher.mode `Worker0`, where worker 0 is a service of its own and would not be counted. */
  readonly maxPerNode?: number;
  /** Names of further TCP ports that the program wants on each worker. The agent finds free ones between 30001 and 32767 on the overlay and says which in the worker's registration and, as `port.NAME`, in `run.properties`; nothing is published outside of the overlay. */
  readonly ports?: readonly string[];
  /** Cpu and memory of one worker. */
  readonly resources: Resources;
  /** Which nodes may host the workers and the launcher. */
  readonly placement: WorkerPlacement;
  /** Environment of the containers, and of the ranks in them. */
  readonly env: readonly EnvVar[];
  /** Docker volumes and volatile directories in launcher and workers. Volumes stay when the job goes, on every node that had a container of it. Paths of the host are not accepted. */
  readonly volumes: readonly Volume[];
  /** Size of /dev/shm in each worker. Ranks of one worker talk through it; Docker's own 64 MB is too small for Open MPI. */
  readonly shmSize: string;
  /** User that launcher and ranks run as, `user` or `user:group`, by name or number. By default, it is root. */
  readonly user?: string;
  /** Present where the manifest gives a list: its groups. Then `replicas` is of all of them, and the other fields are those of the first one. */
  readonly groups?: readonly WorkerGroup[];
}

/** One of several groups of workers. Workers are counted through all groups in the order of the list, and ranks fill their slots in that order. A dedicated launcher has placement, environment, volumes and user of the first group; with launcher.mode `Worker0` the first worker of that group is the launcher. The user is the same in all groups. */
export interface WorkerGroup extends Omit<Workers, 'groups'> {
  /** Name of the group. It becomes part of service and host names; together with the name of the job it has at most 40 characters. */
  readonly name: string;
}

/** Cpu and memory of one worker. */
export interface Resources {
  /** Reserved. Swarm places a container only on a node that has this much unreserved. */
  readonly requests: ResourceAmounts;
  /** Upper limit. Cpu above it is throttled; memory above it ends the container. */
  readonly limits: ResourceAmounts;
}

/** Reserved. Swarm places a container only on a node that has this much unreserved. */
export interface ResourceAmounts {
  /** Cpus, as Kubernetes writes them; `500m` is half a cpu. */
  readonly cpu?: string;
  /** Bytes, as Kubernetes writes them; `512Mi` is 512 × 2²⁰, `1G` is 10⁹. */
  readonly memory?: string;
}

/** Which nodes may host the workers and the launcher. */
export interface WorkerPlacement {
  /** All must hold; Swarm's own syntax over `node.id`, `node.hostname`, `node.ip`, `node.role`, `node.platform.os`, `node.platform.arch`, `node.labels.…` and `engine.labels.…`. */
  readonly constraints: readonly string[];
  /** Labels over whose values Swarm spreads the workers evenly, the first one first. */
  readonly spread: readonly string[];
  /** Host names of the only nodes to use; if empty, any node. */
  readonly nodes: readonly string[];
  /** Only nodes with one of these values as their label `rack`, or `mpiswarm.dev/rack`, which counts before it. Empty, any node. */
  readonly racks: readonly string[];
  /** `AllSameNode`: all workers of the group on one node, which is chosen when the run starts; `AllSeparateNodes`: no two of them on the same. A dedicated launcher may be on any node. Not together with maxPerNode. */
  readonly mapping: 'None' | 'AllSameNode' | 'AllSeparateNodes';
}

/** One variable. */
export interface EnvVar {
  /** Name of the variable. Names that start with `MPISWARM_` are reserved. */
  readonly name: string;
  /** Its value; numbers and booleans in quotes, as in Kubernetes. */
  readonly value: string;
}

/** One mounted volume, by its name, or a directory that is lost with its container. */
export interface Volume {
  /** Name of a Docker volume, which is made where it is not there. Each node has its own, unless a driver shares it. Required, unless `volatile` is true. */
  readonly name?: string;
  /** Mount point in the containers. Not `/tmp` if the job has a package. */
  readonly mountPath: string;
  /** Whether the mount is read-only. */
  readonly readOnly: boolean;
  /** Docker's volume driver, on every node. By default, it is Docker's own, `local`. */
  readonly driver?: string;
  /** Options of the driver. They count where the volume is made; one that is there stays as it is. Driver `local` takes `type` (nfs, nfs4, cifs or tmpfs), `o` and `device`, as mount(8) has them. With scope `PerWorker`, `{{.Task.Slot}}` in a value is the number of the volume. */
  readonly options: { readonly [key: string]: string };
  /** `Shared`: one volume for launcher and workers; `PerWorker`: a volume for each worker, named by its number, as in `results-1` for the first one, and none for a dedicated launcher. The number is the one in the worker's host name; worker 0 has number 0 where it is the launcher. In a group it has the group's name before it, as in `results-gpu-1`. */
  readonly scope: 'Shared' | 'PerWorker';
  /** Instead of a named volume a directory of the container's own, empty at its start and gone with it. It is kept in memory (tmpfs), which counts as the container's, and no programs can be started from it. */
  readonly volatile: boolean;
  /** Maximum size of a volatile directory. By default, it is half of the node's memory. */
  readonly sizeLimit?: string;
}

/** The container that runs mpirun, or starts the command on the workers. */
export interface Launcher {
  /** `Dedicated` is a container of its own that hosts no ranks; `Worker0` lets worker 0 run mpirun too. */
  readonly mode: 'Dedicated' | 'Worker0';
  /** Cpu and memory of a dedicated launcher. */
  readonly resources: Resources;
}

/** The overlay network that joins launcher and workers. It is created if it does not exist. */
export interface JobNetwork {
  /** Name of the network. Jobs that name the same one share it. */
  readonly name: string;
  /** Whether traffic between nodes is encrypted (IPsec). */
  readonly encrypted: boolean;
  /** IPv4 subnet in CIDR notation. By default, mpiswarm chooses a /20 in Swarm's address pool. */
  readonly subnet?: string;
}

/** How mpirun reaches the workers. Keys are made for each run; there is nothing to set up. */
export interface Ssh {
  /** Port of sshd inside the overlay. It is never published outside of it. */
  readonly port: number;
}

/** How mpirun is called. In mode `Command` only `hostfile` applies; other fields are refused. */
export interface Mpi {
  /** The MPI in the image; Open MPI 4 and 5 are recognised automatically. */
  readonly implementation: 'OpenMPI';
  /** Where the hostfile is written on the launcher. */
  readonly hostfile: string;
  /** Network for MPI traffic: an IPv4 network in CIDR notation, or the name of an interface. By default, it is the overlay's network, which is right unless a container has a faster one. */
  readonly interface?: string;
  /** Total number of ranks (`-n`). By default, as many as there are slots. Not together with npernode. */
  readonly processes?: number;
  /** Ranks on each worker. Not together with processes. */
  readonly npernode?: number;
  /** Open MPI's parameters, each passed as `--mca KEY VALUE`. */
  readonly mca: { readonly [key: string]: string };
  /** Further arguments of mpirun, before the command. */
  readonly args: readonly string[];
  /** Names of environment variables that mpirun passes on to the ranks (`-x`). */
  readonly export: readonly string[];
}

/** A Java program, instead of `command`: mpirun starts `java` with these settings on every rank. The class is given the name of the job, the address of the job master, and then `args`. */
export interface Java {
  /** Class with the `main` method. By default, it is the worker starter, which runs `workerClass`. */
  readonly mainClass?: string;
  /** Class that the worker starter instantiates; it then calls its `execute` method. Not together with mainClass. */
  readonly workerClass?: string;
  /** Where classes are looked for, in this order, and after these in the jars of the Java image, `/opt/mpiswarm-java/lib/*`. Jars, folders of classes, or a folder's jars (`lib/*`); relative ones are in the job's package. By default, it is the package: the jar that it is, or its classes, its jars, and those in its `lib`. */
  readonly classPath?: readonly string[];
  /** Options of the Java virtual machine, before the class; if two contradict each other, the last one wins. */
  readonly jvmOptions: readonly string[];
  /** How much of a worker's memory is heap: this part of its memory limit, or of its request where it has no limit, divided by its ranks, is `-Xms` and `-Xmx` of each. Without either, Java decides. */
  readonly memoryFraction: string;
}

/** When the job runs, how often, and what stays of it. Limits and deadlines may be changed while it runs. */
export interface RunPolicy {
  /** Stop the job and keep it; false lets it run again, as a new run. */
  readonly suspend: boolean;
  /** End the job as Cancelled. It stays so, also when this is false again, until `rerun` or what runs is changed. */
  readonly cancel: boolean;
  /** Any text. Changing it starts a fresh run of the same spec. */
  readonly rerun?: string;
  /** How many further runs follow a failed one, after pauses of 10 s, 20 s, 40 s and so on, 6 minutes at most. Waiting for nodes, images or SSH is not a failure, and a run that ended by a disruption (its node was drained, cut off or lost, or its engine restarted) does not count. A job that has failed stays so when the limit is raised; `rerun` runs it again. */
  readonly backoffLimit: number;
  /** How much of its output a container keeps: of what mpirun or the command writes, and of the copies of what its ranks write. Output beyond it is cut with a note and counted, and the program goes on. Very short lines are cut earlier: each costs the engine's log about 100 bytes more. A run keeps the limit that it started with. */
  readonly outputLimit: string;
  /** What follows a run that failed with an exit code, or by a disruption, as podFailurePolicy of a Kubernetes Job has it. A run that no rule matches counts against backoffLimit, unless it ended by a disruption; so does one that lost a worker otherwise, whatever its exit code. */
  readonly failurePolicy?: FailurePolicy;
  /** Of the jobs that wait for cpu or memory, the one with the higher priority is admitted first, of equal ones the older. Jobs that run are never stopped for others. */
  readonly priority: number;
  /** A run that has not started mpirun so many seconds after it was admitted has failed, and no other follows. By default it waits. */
  readonly startDeadlineSeconds?: number;
  /** So many seconds after its first run was admitted, the job is stopped and has failed, whatever it is doing; further runs and the pauses between them count. A suspension ends the count, and it begins anew with the next run. */
  readonly activeDeadlineSeconds?: number;
  /** What happens when the node of the launcher cannot be reached while the command may be running on it. `Wait`: nothing is stopped, and no other attempt starts until the node is back, is removed from the swarm, or `rerun` is changed. `Kill`: the launcher ends the command after unreachableSeconds without any answer of ZooKeeper, and another attempt starts when that has certainly happened; an outage of ZooKeeper that is longer ends the command, too. A change counts from the next run. */
  readonly unreachable: 'Wait' | 'Kill';
  /** With `unreachable: Kill`, and required there: after how many seconds without any answer of ZooKeeper the launcher ends the command. */
  readonly unreachableSeconds?: number;
  /** So many seconds after its end, all that `cleanUpPolicy` left of its runs on the cluster is removed. By default it stays until the manifest goes; ended launchers go earlier when there are more than the setting `keepLaunchers` keeps. The job itself is still listed, and its output kept, in any case. */
  readonly ttlSecondsAfterFinished?: number;
  /** What is removed when a run ends: `Running`, the containers that still run; `All`, every container; `None`, nothing. Output is kept in any case. */
  readonly cleanUpPolicy: 'Running' | 'All' | 'None';
}

/** What follows a run that failed with an exit code, or by a disruption, as podFailurePolicy of a Kubernetes Job has it. A run that no rule matches counts against backoffLimit, unless it ended by a disruption; so does one that lost a worker otherwise, whatever its exit code. */
export interface FailurePolicy {
  /** The first rule that matches decides. */
  readonly rules: readonly FailureRule[];
}

/** One rule. */
export interface FailureRule {
  /** `FailJob`: the job has failed, no further run follows; `Ignore`: another run follows after the pause, and this one does not count against backoffLimit; `Count`: it counts, as without a rule. */
  readonly action: 'FailJob' | 'Ignore' | 'Count';
  /** Which exit codes of mpirun, or of the command, the rule is for. Code 0 never matches, and no code of a run that ended by a disruption. */
  readonly onExitCodes?: ExitCodes;
  /** Conditions of the run that the rule is for, instead of exit codes. `DisruptionTarget`: Swarm ended it, or its node was drained, cut off or lost, or its engine restarted. Without such a rule it is run again and does not count. Running out of memory is no disruption. */
  readonly onConditions?: readonly 'DisruptionTarget'[];
}

/** Which exit codes of mpirun, or of the command, the rule is for. Code 0 never matches, and no code of a run that ended by a disruption. */
export interface ExitCodes {
  /** Whether the exit code is one of the values, or none of them. */
  readonly operator: 'In' | 'NotIn';
  /** Exit codes, each once. A program ended by signal n has code 128 + n. */
  readonly values: readonly number[];
}
