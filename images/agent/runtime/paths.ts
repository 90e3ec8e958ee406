import { join } from 'node:path';
import { PATHS } from '../../../controller/shared/protocol/protocol.js';

/** Every file the agent reads or writes, as absolute paths. */
export interface AgentPaths {
  readonly runSpec: string;
  readonly workerSecret: string;
  readonly launcherSecret: string;
  readonly scratch: string;
  /** Readable by the agent's own user alone: keys, sshd's and ssh's configuration. */
  readonly ssh: string;
  readonly hostKey: string;
  readonly clientKey: string;
  readonly authorizedKeys: string;
  readonly sshdConfig: string;
  /** The file for `ssh -F`, named in the run's Open MPI settings. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** One file per rank, named by its world rank; any user may write here. */
  readonly ranks: string;
  /** Link to the folder of the copies of what ranks write; absent where it could not be made. */
  readonly output: string;
  /** What programs of the run may read of it. */
  readonly job: string;
  readonly runProperties: string;
  readonly jobProperties: string;
  /** Link to the folder for log files; absent where it could not be made. */
  readonly jobLogs: string;
  /** Link to the content of the run's package; absent where it has none, or not yet. */
  readonly jobPackage: string;
  /** For files that may be large. */
  readonly temporary: string;
  readonly log: string;
}

/**
 * The agent's paths below `root`. In a container root is empty; tests give each agent a folder of its own, because
 * several agents then share one file system.
 */
export function agentPaths(root: string): AgentPaths {
  const scratch = join(root, PATHS.scratch);
  const ssh = join(scratch, 'ssh');
  const job = join(root, PATHS.jobFolder);
  return {
    runSpec: join(root, PATHS.runSpec),
    workerSecret: join(root, PATHS.workerSecret),
    launcherSecret: join(root, PATHS.launcherSecret),
    scratch,
    ssh,
    hostKey: join(ssh, 'host_key'),
    clientKey: join(ssh, 'client_key'),
    authorizedKeys: join(ssh, 'authorized_keys'),
    sshdConfig: join(ssh, 'sshd_config'),
    sshConfig: join(ssh, 'config'),
    knownHosts: join(ssh, 'known_hosts'),
    ranks: join(scratch, 'ranks'),
    output: join(scratch, 'output'),
    job,
    runProperties: join(job, 'run.properties'),
    jobProperties: join(job, 'job.properties'),
    jobLogs: join(job, 'logs'),
    jobPackage: join(job, 'package'),
    temporary: join(root, '/tmp'),
    log: join(scratch, 'agent.log'),
  };
}
