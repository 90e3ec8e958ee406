/** What holds for every command that changes manifests. */
const EDITS =
  'The folder is the one source of truth, so the file itself is changed, at one stroke, and nothing else in it: comments and ' +
  'form stay. Needs no controller, engine or ZooKeeper. Where the file cannot be written, is tracked by Git or is put there by ' +
  'a sync, the edit is printed as a unified diff and not made; the exit code is 3 then.';

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
    '~/.config/mpiswarm/config.yaml where nothing else is said.',
  exitCodes: [
    'Exit codes:',
    '  0    well',
    '  1    what was asked about failed, is invalid, is not there or took too long',
    '  2    the call is wrong',
    '  3    an edit was printed and not made: the file is to be changed elsewhere',
    '  130  waiting for an edit (--wait) was interrupted',
  ].join('\n'),
  seeAlso:
    'mpiswarm --help lists the options that all commands take: which engine, which\nZooKeeper, colours; and the exit codes.',
  commands: {
    up: {
      summary: 'run the jobs of a folder',
      description:
        'Watches a folder of manifests and runs the jobs in it, until it is stopped. Needs nothing but a Docker Engine: makes ' +
        'it a swarm if it is none, starts a ZooKeeper, and installs the agent. Stopping it stops no job; starting it again ' +
        'goes on where things are. Of several that are started, one leads and the others stand by.',
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
        'Checks manifest files and folders without an engine, and says file, line and column of what is wrong. ' +
        'Exit code 1 when something is, or there is no MPIJob.',
      examples: ['mpiswarm validate manifests/ring.yaml', 'mpiswarm validate manifests/'],
    },
    plan: {
      summary: 'show what a manifest would do',
      description:
        'Shows what the jobs of a file or folder would mean for what is there now: a new job, no change, policy only, a new ' +
        'run, a rerun, cancel, suspend, resume or delete, with the fields that change; and what would be done for them, rung ' +
        'by rung. A job that was read from there and is not there any more counts as deleted; --manifests says which folder is ' +
        'the watched one. Changes nothing. Without an engine or ZooKeeper it plans as if nothing were there.',
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
      summary: 'show all about a job',
      description:
        'Shows all that is known of a job, NAME or NAMESPACE/NAME: phase and outcome, what it waits on and why, workers ' +
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
        'Writes the output of a job, NAME or NAMESPACE/NAME: standard output and standard error of mpirun and the ranks, as ' +
        'they were; or of single ranks. It stays readable after the containers are gone.',
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
        'Lists the controllers, that is every running `mpiswarm up` of this installation: the one that leads, and those ' +
        'that stand by, in the order in which they would take over. Exit code 1 when none leads.',
      examples: ['mpiswarm leader', 'mpiswarm leader -o json'],
    },
    rerun: {
      summary: 'run jobs again',
      description:
        'Gives spec.runPolicy.rerun of each job, NAME or NAMESPACE/NAME, a new text in its manifest file, so that the same ' +
        'spec runs once more, also when the job has finished; a run that is under way is stopped first. Lifts cancel and ' +
        'suspend. ' +
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
        'after the grace time, SIGKILL; all that the job held is freed, and its status and output stay. ' +
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
        'Sets spec.runPolicy.suspend of each job, NAME or NAMESPACE/NAME, to false in its manifest file: the job starts afresh, ' +
        'as a new run. ' +
        EDITS,
      examples: ['mpiswarm resume ring'],
    },
    delete: {
      summary: 'remove jobs',
      description:
        'Removes each job, NAME or NAMESPACE/NAME, from its manifest file, and the file where it holds nothing else: the job is ' +
        'stopped, and everything of it is removed, its status and output too. ' +
        EDITS,
      examples: [
        'mpiswarm delete ring',
        'mpiswarm delete -f manifests/ring.yaml',
        'mpiswarm delete --dry-run ring',
      ],
    },
    import: {
      summary: 'make manifests of what other systems have',
      description:
        'Reads the configuration of another system, and writes the manifest that corresponds to it.',
      examples: ['mpiswarm import twister2 conf'],
    },
    twister2: {
      summary: 'make a manifest of a Twister2 configuration',
      description:
        'Reads a configuration folder of Twister2, that of the cluster (client.yaml, resource.yaml and the others) or the one ' +
        'that has common/ and mesos/, in the spellings of all its versions. Writes the manifest that corresponds to it, ' +
        'with the settings of the controller as a comment at its head; says on standard error of each key that is ignored ' +
        'why it is. Needs no engine. docs/reference/twister2.md lists the keys.',
      examples: [
        'mpiswarm import twister2 conf/mesos',
        'mpiswarm import twister2 conf --job hello.yaml -o manifests/hello.yaml',
      ],
    },
    down: {
      summary: 'remove everything of mpiswarm',
      description:
        'Removes all that this installation of mpiswarm made: jobs with their containers, secrets and networks, the agent, the ' +
        'embedded ZooKeeper, stored output, and a swarm that it made of the engine. Touches nothing else; manifests and job ' +
        'images stay. Where another installation has something in the swarm, what they share stays too, and is told of. Give ' +
        'the --zookeeper, --agent-zookeeper and --zookeeper-root that `up` was given: they say which installation it is. ' +
        'Refuses while a controller of it runs, which --all does not ask about.',
      examples: ['mpiswarm down', 'mpiswarm down --all'],
    },
  },
} as const;
