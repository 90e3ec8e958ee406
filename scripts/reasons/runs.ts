import type { Texts } from './text.js';

export const RUNNING: Texts<'running'> = {
  WorkerLost: {
    means:
      "A worker's container or node was lost while `mpirun` ran; the message names it. `mpirun` is stopped if it does not notice within 30 s, and the run fails.",
    todo: 'Check the node; exit code 137 often means out of memory. Another attempt follows as `runPolicy.backoffLimit` allows, and always where a disruption ended the worker.',
  },
  RunUnreadable: {
    means:
      'What this run has in ZooKeeper cannot be read; the message says why. A program of the run may have written more there than is read, or ZooKeeper is slow. Other jobs are not affected. The command goes on; when its container has ended, or where it was not started within a minute, the run fails.',
    todo: 'See what the program writes below its run in ZooKeeper, and how much; then `mpiswarm rerun`.',
  },
  LossPending: {
    means: '`mpirun` ended and says that it lost a worker. mpiswarm gives Swarm 30 s to say which one.',
    todo: 'Nothing.',
  },
  DisruptionPending: {
    means:
      "The launcher's engine asked `mpirun` to end, and it did. mpiswarm gives Swarm 30 s to say whether the node is drained or lost, or the engine restarts; then the run counts as failed.",
    todo: 'Nothing.',
  },
  LauncherUnreachable: {
    means:
      "The launcher's node is not reachable and its agent is silent, so `mpirun` may be running there. With `runPolicy.unreachable: Wait` no other attempt starts until the node is back or removed; with `Kill` the launcher ends `mpirun` itself, and the run fails as `LauncherLost` when that has certainly happened.",
    todo: 'Check the node and its network. A node that is gone for good is removed with `docker node rm --force NODE`; `mpiswarm rerun JOB` starts the job again at once, at your own risk.',
  },
  PlacementPending: {
    means:
      '`mpirun` exited with 0, and a worker has not reported yet which ranks ran on it. mpiswarm waits 10 s for that.',
    todo: 'Nothing.',
  },
  ResultPending: {
    means: "The launcher's container ended, and its result has not arrived yet. mpiswarm waits 5 s for it.",
    todo: 'Nothing.',
  },
  Stopping: {
    means:
      '`mpirun` was asked to end (SIGTERM); after the grace period (`--grace`) it is killed. The message says why.',
    todo: 'Nothing.',
  },
  CleaningUp: {
    means: 'The run has ended; its output is being stored and its containers are being removed.',
    todo: 'Nothing; removing a service from an overlay network takes Docker 6 to 7 s.',
  },
};

export const CALLS: Texts<'calls'> = {
  Retrying: {
    means:
      'A call to Docker or ZooKeeper failed; it is repeated after a growing pause. The message has the call and the answer.',
    todo: 'Nothing at first. If it stays, fix what the message names.',
  },
  Refused: {
    means:
      'Docker or ZooKeeper refused a call, and repeating it alone will not help. The message has the call and the answer.',
    todo: 'Change what the message names. mpiswarm tries again by itself, less and less often.',
  },
  StatusNotStored: {
    means: "The job's status could not be written to ZooKeeper, so nothing is done for the job until it can.",
    todo: 'Check ZooKeeper, its credential and the size of the manifest. mpiswarm tries again by itself.',
  },
  RecordUnreadable: {
    means:
      "The job's record in ZooKeeper is none that this version can read. Nothing is done for the job, and nothing of it is removed or made again; all other jobs go on. Until it is readable, no leftovers of other jobs are removed.",
    todo: 'Start the version that wrote it, or restore the znode that the message names. To give the job up: remove its containers (`docker service rm` those with its label `mpiswarm.dev/job`), then that znode; if its manifest is still there, it then begins as a new job.',
  },
};

export const STORES: Texts<'stores'> = {
  ZooKeeperEmpty: {
    means:
      "ZooKeeper has no jobs, although the swarm or the state directory has things of this installation's jobs: its data were lost, or it is another ZooKeeper. Going on would remove all that runs and run again all that has finished.",
    todo: "Restore ZooKeeper's data, or correct `--zookeeper` or `--zookeeper-root`. If the data are gone for good, start `mpiswarm up --allow-empty-zookeeper` once.",
  },
  ZooKeeperChanged: {
    means:
      'The swarm has things of an installation with the same servers and root, made on the word of another ZooKeeper: two are reached by the same name.',
    todo: 'Give one of the two another `--zookeeper-root`. If the other one is gone for good, start `mpiswarm up --allow-empty-zookeeper` once.',
  },
};

export const ENDS: Texts<'ends'> = {
  Completed: {
    means: '`mpirun` exited with 0 and every rank ran on the worker it belongs on.',
    todo: 'Nothing.',
  },
  NonZeroExitCode: {
    means: 'The program failed; the message has its exit code and last lines.',
    todo: 'Read `mpiswarm logs JOB`.',
  },
  CommandNotFound: {
    means: 'The program is not in the image: exit code 127, or `mpirun` could not find the executable.',
    todo: 'Check `command`, the image, and `PATH` in the image.',
  },
  RanksMisplaced: {
    means:
      '`mpirun` exited with 0, but ranks ran on other workers than they should, or a worker never reported its ranks. The result may be wrong, so the run counts as failed.',
    todo: 'Look for host settings in the image, its environment or `mpi.args` that send ranks elsewhere.',
  },
  LauncherLost: {
    means:
      "The launcher's container ended without a result, its node was removed from the swarm, or the launcher ended `mpirun` because ZooKeeper was silent (`runPolicy.unreachable: Kill`). (Where it ended with exit code 0, and every rank was reported from its place, the run has succeeded.)",
    todo: 'Check the node, and the memory of the launcher. Another attempt follows as `runPolicy.backoffLimit` allows.',
  },
  ZnodesLost: {
    means:
      "The run's znodes are gone or older than the run, so it is not known whether `mpirun` was started, or how it ended. The run fails, because it must never start twice.",
    todo: "Find out who removed data from ZooKeeper, or restored it. Another attempt follows as after any failure, but not where the launcher's container ended with exit code 0: then check what the job has done, and run it again with `mpiswarm rerun JOB`.",
  },
  LauncherFault: {
    means:
      'The launcher found something that a person must change, such as a missing `mpirun`, `ssh` or jar file, or a hostfile that cannot be written.',
    todo: 'Fix the image or the manifest as the message says. There is no further attempt until you do.',
  },
  WorkerFault: {
    means:
      "A worker found something that a person must change, such as a missing `sshd`, a user without an entry in the image's `/etc/passwd`, or too little space for the package.",
    todo: 'Fix the image or the manifest as the message says. There is no further attempt until you do.',
  },
  DeadlineExceeded: {
    means: 'The job took longer than `runPolicy.activeDeadlineSeconds`, all attempts and pauses included.',
    todo: 'Raise the limit and run it again with `mpiswarm rerun JOB`. There is no further attempt by itself.',
  },
  StartDeadlineExceeded: {
    means:
      'The run did not start within `runPolicy.startDeadlineSeconds`; the message says what it was waiting for.',
    todo: 'Fix what it was waiting for, or raise the limit. There is no further attempt by itself.',
  },
  CancelRequested: {
    means: '`runPolicy.cancel` is true, so the job ended as Cancelled.',
    todo: 'Nothing. `mpiswarm rerun JOB` runs it again.',
  },
  Superseded: {
    means: 'The manifest changed, so this run was stopped; the next run has the new manifest.',
    todo: 'Nothing.',
  },
  ManifestRemoved: {
    means: 'The manifest was removed, so the run was stopped and everything of the job is removed.',
    todo: 'Nothing.',
  },
  Unknown: {
    means: 'A record of an older version has an end without a reason.',
    todo: 'Nothing.',
  },
};
