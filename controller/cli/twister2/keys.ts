import type { SettingName } from '../../settings/settings.js';

/** Keys of Twister2 that become a field of the manifest, by what they mean. */
export interface FieldKey {
  /**
   * As Twister2 wrote it, the oldest spelling first: 0.1 to 0.3, then later ones. That `twister2.` or `resource.` is
   * missing or there makes no difference.
   */
  readonly names: readonly [string, ...string[]];
  /** Field of the manifest, dotted. */
  readonly field: string;
  readonly remark?: string;
  /** Only in the file of `--job`; Twister2 has these in a program or on its command line. */
  readonly job?: true;
}

export const FIELDS = {
  image: {
    names: ['twister2.docker.image.name', 'twister2.resource.mesos.docker.image'],
    field: 'spec.image',
  },
  docker: {
    names: ['twister2.use_docker_container', 'twister2.resource.use_docker_container'],
    field: 'spec.image',
    remark: 'workers are always containers; `false` is reported and has no effect',
  },
  network: {
    names: ['twister2.mesos.overlay.network.name', 'twister2.resource.mesos.overlay.network.name'],
    field: 'spec.network.name',
    remark: 'the network is created if it does not exist',
  },
  containers: {
    names: ['twister2.number_of_containers'],
    field: 'spec.workers.replicas',
    remark: 'one less, because Twister2 counts the job master',
  },
  cpu: { names: ['twister2.cpu_per_container'], field: 'spec.workers.resources' },
  ram: { names: ['twister2.ram_per_container'], field: 'spec.workers.resources', remark: 'in MiB' },
  groups: {
    names: ['worker.compute.resources', 'twister2.resource.worker.compute.resources'],
    field: 'spec.workers',
    remark:
      'a group of workers for each; `instances` is replicas, `workersPerPod` is slots, `disk` and `scalable` are ignored',
  },
  nodes: {
    names: ['twister2.desired_nodes', 'twister2.resource.desired_nodes'],
    field: 'spec.workers.placement.nodes',
    remark: '`all` is no restriction',
  },
  mapping: {
    names: ['kubernetes.worker.mapping.uniform', 'twister2.resource.kubernetes.worker.mapping.uniform'],
    field: 'spec.workers.placement.mapping',
    remark: '`none`, `all-same-node`, `all-separate-nodes`',
  },
  ports: {
    names: ['twister2.worker.additional.ports', 'twister2.resource.worker.additional.ports'],
    field: 'spec.workers.ports',
  },
  nfsServer: {
    names: ['nfs.server.address', 'twister2.resource.nfs.server.address'],
    field: 'spec.workers.volumes',
    remark: 'with the path: a shared volume at `/persistent-volume`, mounted by Docker itself',
  },
  nfsPath: {
    names: ['nfs.server.path', 'twister2.resource.nfs.server.path'],
    field: 'spec.workers.volumes',
    remark: 'jobs share it; Twister2 made a folder in it for each',
  },
  mpiArgs: {
    names: ['twister2.resource.scheduler.mpi.params'],
    field: 'spec.mpi.args',
    remark: 'split at blanks',
  },
  restarts: {
    names: ['twister2.fault.tolerance.max.mpijob.restarts'],
    field: 'spec.runPolicy.backoffLimit',
    remark: 'one less, because Twister2 counts the first run',
  },
  memoryFraction: {
    names: ['twister2.kubernetes.jvm.memory.fraction', 'twister2.resource.kubernetes.jvm.memory.fraction'],
    field: 'spec.java.memoryFraction',
  },
  name: {
    names: ['twister2.job.name', 'twister2.resource.job.name'],
    field: 'metadata.name',
    remark:
      'in lower case, other characters than letters, digits and `-` replaced, cut after 40, or sooner where there are several groups',
  },
  workerClass: {
    names: [
      'twister2.job.basic.container.class',
      'twister2.job.worker.class',
      'twister2.resource.job.worker.class',
    ],
    field: 'spec.java.workerClass',
  },
  mainClass: {
    names: ['twister2.job.main.class'],
    field: 'spec.java.mainClass',
    remark: 'a program that calls MPI itself, instead of a worker class',
    job: true,
  },
  workers: {
    names: ['twister2.job.workers'],
    field: 'spec.workers.replicas',
    remark: 'counts the workers alone; a multiple of `workersPerPod`, each container has that many of them',
    job: true,
  },
  jar: {
    names: ['twister2.job.jar'],
    field: 'spec.package',
    remark: 'the jar of `twister2 submit`; relative to the file of `--job`',
    job: true,
  },
  classPath: {
    names: ['twister2.job.class.path'],
    field: 'spec.java.classPath',
    remark: 'a list, for classes that are in the image or beside others in the package',
    job: true,
  },
  args: {
    names: ['twister2.job.args'],
    field: 'spec.args',
    remark: 'a list, or a text that is split at blanks',
    job: true,
  },
  config: {
    names: ['twister2.job.config'],
    field: 'spec.configuration',
    remark: 'keys and values that a Twister2 program puts into its `JobConfig`',
    job: true,
  },
} as const satisfies Readonly<Record<string, FieldKey>>;

export type FieldId = keyof typeof FIELDS;

/** Keys that become a setting of the controller. */
export interface SettingKey {
  readonly names: readonly [string, ...string[]];
  readonly setting: SettingName;
  readonly remark?: string;
}

export const SETTING_KEYS = {
  servers: {
    names: ['twister2.zookeeper.server.addresses', 'twister2.resource.zookeeper.server.addresses'],
    setting: 'zookeeper',
  },
  root: {
    names: ['twister2.zookeeper.root.node.path', 'twister2.resource.zookeeper.root.node.path'],
    setting: 'zookeeperRoot',
  },
  failureTimeout: {
    names: ['twister2.fault.tolerance.failure.timeout'],
    setting: 'sessionTimeout',
    remark: 'milliseconds; how long a silent worker stays registered',
  },
} as const satisfies Readonly<Record<string, SettingKey>>;

export type SettingId = keyof typeof SETTING_KEYS;
