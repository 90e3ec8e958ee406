const ALL_JOINED = 'twister2.worker.controller.max.wait.time.for.all.workers.to.join';
const BARRIER = 'twister2.worker.controller.max.wait.time.on.barrier';
const LEVEL = 'twister2.logging.level';

/**
 * Keys that reach the ranks as they are, in `spec.configuration`: what the user's program, or the library that it brings,
 * reads at run time. A `*` stands for any rest.
 */
export const PASSED: readonly string[] = [
  ALL_JOINED,
  BARRIER,
  'twister2.worker.controller.*',
  LEVEL,
  'twister2.zookeeper.max.wait.time.for.all.workers.to.join',
  'twister2.network.*',
  'ttwister2.network.*',
  'twister2.data.*',
  'twister2.task.*',
  'twister2.taskscheduler.*',
  'twister2.executor.*',
  'twister2.exector.*',
  'twister2.checkpointing.*',
  'twister2.common.*',
];

/** Those that the worker starter reads, by the latest spelling of each name, and the name that it reads. */
export const READ_BY_STARTER: ReadonlyMap<string, string> = new Map([
  ['twister2.zookeeper.max.wait.time.for.all.workers.to.join', ALL_JOINED],
  [ALL_JOINED, ALL_JOINED],
  [BARRIER, BARRIER],
  [LEVEL, LEVEL],
]);

export interface IgnoredKeys {
  /** As in {@link PASSED}. */
  readonly names: readonly string[];
  readonly why: string;
}

/** Keys that have no counterpart. Where an exact name stands elsewhere, that one counts. */
export const IGNORED: readonly IgnoredKeys[] = [
  {
    names: ['twister2.disk_per_container'],
    why: 'Docker Swarm neither reserves nor limits disk',
  },
  {
    names: ['twister2.container_per_worker'],
    why: 'each worker is one container and is placed by itself; spec.workers.placement says where',
  },
  {
    names: ['twister2.worker_port', 'twister2.resource.worker_port', 'kubernetes.worker.base.port'],
    why: 'Twister2 itself did not use it on Mesos; named ports are spec.workers.ports',
  },
  {
    names: ['twister2.network.channel.class', 'twister2.network.dataflow.class'],
    why: 'ranks are always started by mpirun; for workers without it there is spec.mode',
  },
  {
    names: ['twister2.network.interfaces.for.workers'],
    why: "the interface is found by the overlay's subnet; spec.mpi.interface names another one",
  },
  {
    names: [
      'twister2.scheduler.mpi.mapby',
      'twister2.resource.scheduler.mpi.mapby',
      'twister2.resource.scheduler.mpi.mapby.use-pe',
    ],
    why: 'rank r is on the worker that the hostfile says, so that ids and ranks are the same',
  },
  {
    names: ['twister2.scheduler.mpi.*', 'twister2.resource.scheduler.mpi.*'],
    why: "the image's own mpirun is used, and it is the controller that starts it",
  },
  {
    names: ['rack.labey.key', 'rack.label.key', 'datacenter.labey.key', 'datacenter.label.key'],
    why: 'the labels of nodes are called `rack` and `datacenter`',
  },
  {
    names: ['racks.list', 'twister2.resource.racks.list'],
    why: 'label the nodes instead: docker node update --label-add rack=RACK NODE',
  },
  {
    names: ['datacenters.list', 'twister2.resource.datacenters.list'],
    why: 'label the nodes instead: docker node update --label-add datacenter=CENTRE NODE',
  },
  {
    names: [
      'twister2.mesos.*',
      'twister2.resource.mesos.*',
      'twister2.resource.scheduler.mesos.*',
      'twister2.scheduler.mesos.*',
    ],
    why: 'there is no Mesos: Docker Swarm places the containers',
  },
  {
    names: ['twister2.class.*', 'twister2.resource.class.*'],
    why: 'launcher, uploader and worker processes are parts of mpiswarm',
  },
  {
    names: [
      'twister2.uploader.*',
      'twister2.resource.uploader.*',
      'twister2.HTTP.fetch.uri',
      'twister2.resource.HTTP.fetch.uri',
      'twister2.system.*',
      'twister2.resource.systempackage.copy',
      'twister2.resource.system.*',
      'twister2.directory.*',
      'twister2.resource.directory.*',
      'twister2.resource.sharedfs',
      'twister2.resource.fs.mount',
      'twister2.job.package.url',
    ],
    why: "nothing is uploaded by hand: the job's package reaches its containers by itself; spec.package names it",
  },
  {
    names: ['twister2.job.master.*', 'twister2.worker.to.job.master.response.wait.duration'],
    why: 'the controller is the job master',
  },
  {
    names: ['twister2.worker.ping.interval'],
    why: 'a worker is alive as long as its ZooKeeper session is; the setting sessionTimeout says how long that lasts',
  },
  {
    names: ['twister2.zookeeper.based.group.management'],
    why: 'workers always meet in ZooKeeper',
  },
  {
    names: ['twister2.job.driver.class', 'twister2.resource.job.driver.class'],
    why: 'a driver scales a job, and the number of ranks of an MPI job is fixed; edit replicas for a new run',
  },
  {
    names: ['twister2.job.id', 'twister2.user.name', 'twister2.job.type'],
    why: 'the job is known by its name, and each run has an id of its own',
  },
  {
    names: ['persistent.logging.requested', 'twister2.logging.*', 'kubernetes.log.in.client'],
    why: "each rank's output is always kept; the settings keepRuns, keepAge and keepSize say how much of it",
  },
  {
    names: ['twister2.dashboard.host'],
    why: '`mpiswarm get`, `describe` and `logs` show jobs, workers and output',
  },
  {
    names: ['twister2.fault.tolerance.max.reexecutes', 'twister2.fault.tolerance.max.worker.restarts'],
    why: 'an MPI job that lost a worker is run again as a whole; spec.runPolicy.backoffLimit says how often',
  },
  { names: ['twister2.client.debug'], why: 'nothing of the job runs where it is submitted' },
  {
    names: ['kubernetes.secret.name', 'twister2.kubernetes.check.pwd.free.ssh'],
    why: 'SSH keys are made for each run, and every worker is tried before mpirun starts',
  },
  {
    names: [
      'kubernetes.*',
      'twister2.kubernetes.*',
      'twister2.resource.kubernetes.*',
      'persistent.*',
      'twister2.resource.persistent.*',
      'twister2.resource.scheduler.slurm.*',
    ],
    why: 'it is for another kind of cluster',
  },
];
