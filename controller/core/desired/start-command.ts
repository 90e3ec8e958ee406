import type { MPIJob } from '../../api/types/mpijob.js';
import { PATHS, type RunSpec } from '../../shared/protocol/protocol.js';
import { program } from './java.js';
import { interfaceVariables, mpirunCommand, mpirunEnv } from './mpirun.js';

/** Whether every worker runs the command itself, without mpirun. */
export function isCommandJob({ spec }: MPIJob): boolean {
  return spec.mode === 'Command';
}

/** What is started on the launcher and ends with the run, as it is called in messages. */
export function starter(job: MPIJob): 'mpirun' | 'the command' {
  return isCommandJob(job) ? 'the command' : 'mpirun';
}

/**
 * What the launcher starts, and with which environment: mpirun, or the agent's own program that starts the command once for
 * each slot of each worker, by the same hostfile and the same ssh.
 * @param subnet the overlay's subnet in CIDR notation.
 * @param jobMaster how a Java program reaches the job master.
 */
export function started(
  job: MPIJob,
  subnet: string,
  jobMaster: string,
): Pick<RunSpec, 'command' | 'commandEnv' | 'interfaceVariables'> {
  if (isCommandJob(job)) {
    const each = [`${PATHS.agent}/bin/each`, '--hostfile', job.spec.mpi.hostfile];
    return { command: [...each, ...program(job, jobMaster)], commandEnv: {}, interfaceVariables: [] };
  }
  return {
    command: mpirunCommand(job, subnet, jobMaster),
    commandEnv: mpirunEnv(job, subnet),
    interfaceVariables: interfaceVariables(job),
  };
}
