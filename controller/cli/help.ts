/** Help texts of the commands; lines are wrapped when they are shown. */
export const HELP = {
  program: 'Runs MPI jobs on Docker Swarm from a folder of manifests.',
  examples: [
    'mpiswarm up                     run the jobs of ./manifests',
    'mpiswarm validate manifests/*   check manifests',
    'mpiswarm get -w                 list jobs, then each change',
    'mpiswarm logs -f ring           output of a job, as it comes',
  ],
  settings:
    'Every option is also a variable (--state-dir: $MPISWARM_STATE_DIR) and a key of the configuration file\n' +
    '(stateDir), which is /etc/mpiswarm/config.yaml or ~/.config/mpiswarm/config.yaml where nothing else is said.',
  seeAlso:
    'mpiswarm --help lists the options that all commands take: which engine, which ZooKeeper, colours.',
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
        'Exit code 1 when something is.',
      examples: ['mpiswarm validate manifests/ring.yaml', 'mpiswarm validate manifests/'],
    },
    plan: {
      summary: 'show what a manifest would do',
      description:
        'Shows what the jobs of a file would mean for what is there now, and what would be done for them, rung by rung. ' +
        'Changes nothing. Without an engine or ZooKeeper it plans as if nothing were there.',
      examples: ['mpiswarm plan manifests/ring.yaml'],
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
        'mpiswarm describe ring -o yaml',
      ],
    },
    logs: {
      summary: "show a job's output",
      description:
        'Writes the output of a job, NAME or NAMESPACE/NAME: standard output and standard error of mpirun and the ranks, as ' +
        'they were. It stays readable after the containers are gone.',
      examples: ['mpiswarm logs ring', 'mpiswarm logs -f ring', 'mpiswarm logs --run 1 ring > first.txt'],
    },
    leader: {
      summary: 'show which controller leads',
      description:
        'Lists the controllers, that is every running `mpiswarm up` of this installation: the one that leads, and those ' +
        'that stand by, in the order in which they would take over. Exit code 1 when none leads.',
      examples: ['mpiswarm leader', 'mpiswarm leader -o json'],
    },
    down: {
      summary: 'remove everything of mpiswarm',
      description:
        'Removes all that mpiswarm made: jobs with their containers, secrets and networks, the agent, the embedded ZooKeeper, ' +
        'stored output, and a swarm that it made of the engine. Touches nothing else; manifests and job images stay.',
      examples: ['mpiswarm down'],
    },
  },
} as const;
