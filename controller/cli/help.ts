/** What holds for every command that changes manifests. */
const EDITS =
  'The folder is the one source of truth, so this changes the file itself, atomically, and nothing else in it: comments and ' +
  'formatting stay. It needs no controller, engine or ZooKeeper. If the file cannot be written, is tracked by Git or comes from ' +
  'a sync, the command prints the edit as a unified diff, changes nothing, and ends with exit code 3.';

/** Help texts of the commands; lines are wrapped when they are shown. */
export const HELP = {
  program: 'Runs MPI jobs on Docker Swarm from a folder of manifests.',
  examples: [
    'mpiswarm up                     run the jobs of ./manifests',
    'mpiswarm validate manifests/*   check manifests',
    'mpiswarm get -w                 list jobs, then each change',
    'mpiswarm logs -f ring           output of a job, as it comes',
    'mpiswarm rerun ring             run a job again',
  ],
  settings:
    'Every setting is also a variable (--state-dir: $MPISWARM_STATE_DIR) and a key of\n' +
    'the configuration file (stateDir), which is /etc/mpiswarm/config.yaml or\n' +
    '~/.config/mpiswarm/config.yaml unless --config names another one.',
  exitCodes: [
    'Exit codes:',
    '  0    success',
    '  1    failed, invalid, not found or timed out',
    '  2    usage error',
    '  3    an edit was printed but not made: change the file where it comes from',
    '  130  waiting for an edit (--wait) was interrupted',
  ].join('\n'),
  seeAlso:
    'mpiswarm --help lists the options that all commands take: which engine, which\nZooKeeper, colours; and the exit codes.',
  commands: {
    up: {
      summary: 'run the jobs of a folder',
      description:
        'Watches a folder of manifests and runs the jobs in it, until it is stopped. It needs only a Docker Engine: it turns ' +
        'the engine into a swarm if necessary, starts a ZooKeeper, and installs the agent. Stopping it stops no job; started ' +
        'again, it continues from what it finds. If several run, one leads and the others are on standby.',
      examples: [
        'mpiswarm up',
        'mpiswarm up --manifests /srv/jobs',
        'mpiswarm up --docker tcp://manager:2375 --zookeeper zk1:2181,zk2:2181,zk3:2181',
        'mpiswarm up --log-format json >> mpiswarm.log',
      ],
    },
    validate: {
      summary: 'check manifests',
      description:
        'Checks manifest files and folders, and prints file, line and column of each fault. Needs no engine. ' +
        "Exit code 1 if there is a fault, or no MPIJob. With --policy, what the operator's policy refuses is a fault too.",
      examples: [
        'mpiswarm validate manifests/ring.yaml',
        'mpiswarm validate manifests/',
        'mpiswarm validate --policy policy.yaml manifests/',
      ],
    },
    plan: {
      summary: 'show what a manifest would do',
      description:
        'Shows what the jobs of a file or folder would change: a new job, no change, policy only, a new run, a rerun, cancel, ' +
        'suspend, resume or delete, with the fields that change; and what the controller would do for them, rung by rung. A job ' +
        'that was read from there and is gone counts as deleted; --manifests says which folder is watched. Changes nothing. ' +
        'Without an engine or ZooKeeper, the plan assumes an empty swarm.',
      examples: ['mpiswarm plan manifests/ring.yaml', 'mpiswarm plan manifests/'],
    },
    get: {
      summary: 'list jobs',
      description: 'Lists jobs: those named, as NAME or NAMESPACE/NAME, or all.',
      examples: [
        'mpiswarm get',
        'mpiswarm get ring pi -o wide',
        'mpiswarm get -n examples -w',
        'mpiswarm get ring -o json',
      ],
    },
    describe: {
      summary: 'show everything about a job',
      description:
        'Shows everything about a job, NAME or NAMESPACE/NAME: phase and outcome, what it waits for and why, workers ' +
        'with node, address, SSH, registration and ranks, runs, where the ranks ran, recent events.',
      examples: [
        'mpiswarm describe ring',
        'mpiswarm describe examples/full',
        'mpiswarm describe ring --run 1',
        'mpiswarm describe ring -o yaml',
      ],
    },
    logs: {
      summary: "show a job's output",
      description:
        'Prints the output of a job, NAME or NAMESPACE/NAME: standard output and standard error of mpirun and its ranks, or ' +
        'of single ranks. It stays readable after the containers are gone.',
      examples: [
        'mpiswarm logs ring',
        'mpiswarm logs -f --tail 20 ring',
        'mpiswarm logs --run 1 ring > first.txt',
        'mpiswarm logs --rank 3 ring',
        'mpiswarm logs --prefix --rank 0-3 ring',
      ],
    },
    leader: {
      summary: 'show which controller leads',
      description:
        'Lists the controllers, that is every running `mpiswarm up` of this installation: the leader, then those on standby ' +
        'in the order in which they would take over. Exit code 1 if none leads.',
      examples: ['mpiswarm leader', 'mpiswarm leader -o json'],
    },
    rerun: {
      summary: 'run jobs again',
      description:
        'Sets spec.runPolicy.rerun of each job, NAME or NAMESPACE/NAME, to a new value in its manifest file, so that the same ' +
        'spec runs once more, even if the job has finished. A run in progress is stopped first; cancel and suspend are ' +
        'cleared. ' +
        EDITS,
      examples: [
        'mpiswarm rerun ring',
        'mpiswarm rerun ring pi --wait --timeout 5m',
        'mpiswarm rerun --dry-run examples/full',
      ],
    },
    cancel: {
      summary: 'end jobs as Cancelled',
      description:
        'Sets spec.runPolicy.cancel of each job, NAME or NAMESPACE/NAME, to true in its manifest file: mpirun gets SIGTERM and, ' +
        'after the grace period, SIGKILL. Everything that the job holds is freed; its status and output stay. ' +
        EDITS,
      examples: ['mpiswarm cancel ring', 'mpiswarm cancel --all -n examples'],
    },
    suspend: {
      summary: 'stop jobs and keep them',
      description:
        'Sets spec.runPolicy.suspend of each job, NAME or NAMESPACE/NAME, to true in its manifest file: its run is stopped and ' +
        'removed, and the job waits until it is resumed. ' +
        EDITS,
      examples: ['mpiswarm suspend ring', 'mpiswarm suspend --all', 'mpiswarm suspend --all -A'],
    },
    resume: {
      summary: 'let suspended jobs run',
      description:
        'Sets spec.runPolicy.suspend of each job, NAME or NAMESPACE/NAME, to false in its manifest file: the job starts again, ' +
        'as a new run. ' +
        EDITS,
      examples: ['mpiswarm resume ring'],
    },
    delete: {
      summary: 'remove jobs',
      description:
        'Removes each job, NAME or NAMESPACE/NAME, from its manifest file, and the file if nothing else is in it. The job is ' +
        'stopped, and everything of it is removed, including its status and output. ' +
        EDITS,
      examples: [
        'mpiswarm delete ring',
        'mpiswarm delete -f manifests/ring.yaml',
        'mpiswarm delete --dry-run ring',
      ],
    },
    import: {
      summary: 'turn configurations of other systems into manifests',
      description: 'Reads the configuration of another system and writes the corresponding manifest.',
      examples: ['mpiswarm import twister2 conf'],
    },
    twister2: {
      summary: 'turn a Twister2 configuration into a manifest',
      description:
        'Reads a Twister2 configuration folder of any version: the one of the cluster (client.yaml, resource.yaml and the ' +
        'others), or the one above it with common/ and mesos/. Writes the corresponding manifest, with the settings of the ' +
        'controller as a comment at its top. Prints each key that it ignores to standard error, with the reason. Needs no ' +
        'engine. docs/reference/twister2.md lists the keys.',
      examples: [
        'mpiswarm import twister2 conf/mesos',
        'mpiswarm import twister2 conf --job hello.yaml -o manifests/hello.yaml',
      ],
    },
    down: {
      summary: 'remove everything of mpiswarm',
      description:
        'Removes everything that this installation of mpiswarm created: jobs with their containers, secrets and networks, the ' +
        'agent, the embedded ZooKeeper, stored output, and the swarm if it created it. Touches nothing else: manifests and job ' +
        'images stay. What it shares with another installation in the swarm stays too, and is listed. Give the same ' +
        '--zookeeper, --agent-zookeeper and --zookeeper-root as to `up`: they identify the installation. Refuses while a ' +
        'controller of this installation runs; --all does not check that.',
      examples: ['mpiswarm down', 'mpiswarm down --all'],
    },
  },
} as const;
