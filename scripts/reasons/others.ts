import type { Texts } from './text.js';

export const MANIFEST: Texts<'manifest'> = {
  Valid: {
    means: 'The manifest in the folder is valid and in use.',
    todo: 'Nothing.',
  },
  Invalid: {
    means:
      'The manifest is broken or cannot be read; the message has file, line and column. The job keeps its last good manifest.',
    todo: 'Fix the file; `mpiswarm validate FILE` checks it.',
  },
  DefinedTwice: {
    means:
      'More than one manifest defines the job. The first file in order of path is used; the message names the others.',
    todo: 'Rename or remove the other definitions.',
  },
  FolderEmpty: {
    means:
      'The manifest folder became empty all at once, which is often a failed mount. Its jobs are kept for 30 s.',
    todo: 'Bring the folder back. If all jobs are meant to go, wait, or start `mpiswarm up --allow-prune-all`.',
  },
  FolderUnmounted: {
    means:
      'The manifest folder is empty and on another file system than before, so it was probably unmounted. Its jobs are kept until their manifests are back.',
    todo: 'Mount the folder again. If all jobs are meant to go, start `mpiswarm up --allow-prune-all`.',
  },
  SubfolderUnmounted: {
    means:
      'A folder below the manifest folder is empty and on another file system than before. Its jobs are kept until their manifests are back.',
    todo: 'Mount the folder again. If its jobs are meant to go, start `mpiswarm up --allow-prune-all`.',
  },
  FolderIncomplete: {
    means:
      'The folder was empty, away or unmounted and is being filled again. A job that is still missing is kept until the folder has not changed for 30 s.',
    todo: 'Wait until the sync has finished.',
  },
};

export const CONDITIONS: Texts<'conditions'> = {
  ImageReady: {
    means: 'The image is resolved and the agent is on every node that may host a container.',
    todo: 'Nothing.',
  },
  NetworkReady: {
    means:
      'The overlay network is there and as asked for, ZooKeeper is reachable on it, and the package is available on it.',
    todo: 'Nothing.',
  },
  SSHReady: {
    means: 'The launcher has logged into every worker by SSH, with its host key checked.',
    todo: 'Nothing.',
  },
  WorkersRegistered: {
    means: 'Exactly the expected workers are registered, each at the address that Swarm gave it.',
    todo: 'Nothing.',
  },
  HostfileWritten: {
    means: 'The hostfile on the launcher is byte for byte the expected one.',
    todo: 'Nothing.',
  },
  MpirunStarted: {
    means: 'The condition `Running` is True: `mpirun` was started.',
    todo: 'Nothing.',
  },
  CommandStarted: {
    means: 'The condition `Running` is True: the command was started on the workers (`mode: Command`).',
    todo: 'Nothing.',
  },
  NotRunning: {
    means: 'The condition `Running` is False: the run has not started, or has ended.',
    todo: "Nothing; the job's phase and `waitingOn` say more.",
  },
  NodeDrained: {
    means:
      'The condition `DisruptionTarget` is True: a node of the run is drained, so Swarm stops its containers there.',
    todo: 'Nothing; the job is run again on other nodes. To let a run come to its end first, see [Drain a node](../how-to/drain-a-node.md).',
  },
  NodeRemoved: {
    means: 'The condition `DisruptionTarget` is True: a node of the run was removed from the swarm.',
    todo: 'Nothing; the job is run again on other nodes.',
  },
  StoppedBySwarm: {
    means:
      'The condition `DisruptionTarget` is True: Swarm stopped a container of the run, although its service wanted it, as after a node was down and came back, or after `docker service update`.',
    todo: 'Nothing; the job is run again.',
  },
  NotDisrupted: {
    means:
      'The condition `DisruptionTarget` was True for an earlier run, or for a node that is back, and is False now.',
    todo: 'Nothing.',
  },
  NotSuspended: {
    means: 'The condition `Suspended` is False: `runPolicy.suspend` is not set.',
    todo: 'Nothing.',
  },
  StatusTrimmed: {
    means:
      'The status is too long for a znode, which takes 1 MB. It lacks details of workers and older events; all else is true and current.',
    todo: 'Nothing. `docker service ps` shows each container of the run.',
  },
  NotFinished: {
    means:
      'The condition `Succeeded` or `Failed` was True for an earlier run and is False now, because the job has a new run.',
    todo: 'Nothing.',
  },
};

export const EVENTS: Texts<'events'> = {
  PhaseReached: {
    means: 'The run reached a rung of the ladder for the first time.',
    todo: 'Nothing.',
  },
  ManifestChanged: {
    means: 'Fields that affect what runs have changed; a new run follows. The message names the fields.',
    todo: 'Nothing.',
  },
  PolicyChanged: {
    means: 'Only `runPolicy`, labels or annotations have changed; nothing is restarted.',
    todo: 'Nothing.',
  },
  RerunRequested: {
    means: '`runPolicy.rerun` has changed: the same spec runs once more.',
    todo: 'Nothing.',
  },
  ManifestRestored: {
    means: 'The manifest came back while the job was being removed; the job starts again with a new run.',
    todo: 'Nothing.',
  },
  ManifestValid: {
    means: 'The manifest, which was broken, missing or doubtful before, is in use again.',
    todo: 'Nothing.',
  },
  ZnodesLeft: {
    means:
      'Znodes of an ended run cannot be removed: a program has made some there that only it may list or remove, or more than can be listed. The job goes on without that.',
    todo: "Remove them with a client that may, or as ZooKeeper's superuser: `deleteall` and the path that the message names. mpiswarm tries again every six hours, and when it is started.",
  },
  NodeLost: {
    means:
      'A node that was chosen for the run because of its `mapping` can no longer take containers; another one was chosen.',
    todo: 'Check the node.',
  },
  LauncherRemoved: {
    means:
      'The ended launcher of the job was kept by `cleanUpPolicy: Running`, and was removed because `keepLaunchers` keeps fewer of all jobs. Its output and the status stay.',
    todo: 'Nothing. For containers that you want to look at, use `cleanUpPolicy: None`, or a larger `--keep-launchers`.',
  },
  ClockJumped: {
    means:
      "The clock of the controller's machine was set by more than 10 s. Times from which deadlines count are moved by as much.",
    todo: 'Keep the clocks of all machines set by a time server that slews them.',
  },
  Succeeded: {
    means: 'The job has ended with the outcome Succeeded.',
    todo: 'Nothing.',
  },
  Failed: {
    means: 'The job has ended with the outcome Failed; the message says why.',
    todo: 'Read the message and `mpiswarm logs JOB`.',
  },
  Cancelled: {
    means: 'The job has ended with the outcome Cancelled.',
    todo: 'Nothing.',
  },
};

export const OUTPUTS: Texts<'outputs'> = {
  RunLimit: {
    means:
      'The output was removed because the run is no longer among the newest `--keep-runs` runs of its job.',
    todo: 'Raise `--keep-runs` to keep more.',
  },
  AgeLimit: {
    means:
      'The output was removed because the run ended longer ago than `--keep-age`, by a clock that said so for an hour.',
    todo: 'Raise `--keep-age` to keep output longer.',
  },
  SizeLimit: {
    means: 'The output was removed because the output of all jobs together was larger than `--keep-size`.',
    todo: 'Raise `--keep-size` to keep more.',
  },
};
