import { groupsOf } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import { PATHS } from '../../shared/protocol/protocol.js';
import { program } from './java.js';

/** How many ranks a job has: `processes`, or `npernode` on each worker, or one for every slot. */
export function processes(job: MPIJob): number {
  const { mpi } = job.spec;
  const each = groupsOf(job).map(({ slots, replicas }) => (mpi.npernode ?? slots) * replicas);
  return mpi.processes ?? each.reduce((sum, count) => sum + count, 0);
}

/**
 * The command of a job: `mpirun`, its arguments, then the program. Everything that a person would look for on the line
 * is on it; what only makes the cluster work is in {@link mpirunEnv}.
 * @param subnet the overlay's subnet in CIDR notation: interface names are not the same in every container.
 * @param jobMaster how a Java program reaches the job master.
 */
export function mpirunCommand(job: MPIJob, subnet: string, jobMaster: string): readonly string[] {
  const { mpi, workers } = job.spec;
  return [
    'mpirun',
    ...(isRoot(workers.user) ? ['--allow-run-as-root'] : []),
    ...(mpi.npernode === undefined ? ['-np', String(processes(job))] : ['-npernode', String(mpi.npernode)]),
    ...['--mca', 'btl_tcp_if_include', mpi.mca['btl_tcp_if_include'] ?? mpi.interface ?? subnet],
    ...['--hostfile', mpi.hostfile],
    ...exportedNames(job).flatMap(name => ['-x', name]),
    ...Object.entries(mpi.mca)
      .filter(([key]) => key !== 'btl_tcp_if_include')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, value]) => ['--mca', key, value]),
    ...mpi.args,
    ...program(job, jobMaster),
  ];
}

/**
 * Settings by environment, in both generations' names: Open MPI 5 ignores `OMPI_MCA_orte_*` and `OMPI_MCA_plm_rsh_*`
 * without a word. A setting that the manifest's `mca` names is left to the manifest.
 * - ssh goes through our own client configuration, so the image's SSH set-up does not matter;
 * - no tree spawn: a worker never needs the private key;
 * - ranks are mapped by slot in hostfile order, so that their place is predictable, and not bound to cores, because
 *   several containers share a machine's cores without knowing of each other;
 * - every rank is started through the recorder, which notes where it runs; a manifest cannot switch that off;
 * - the TCP transport is chosen at once instead of probing for hardware that a container does not see.
 */
export function mpirunEnv(job: MPIJob, subnet: string): Readonly<Record<string, string>> {
  const network = job.spec.mpi.interface ?? subnet;
  const ssh = `-F ${PATHS.scratch}/ssh/config`;
  const concurrent = String(Math.max(128, job.spec.workers.replicas));
  const mca: Readonly<Record<string, string>> = {
    OMPI_MCA_plm_rsh_agent: 'ssh',
    OMPI_MCA_plm_rsh_args: ssh,
    OMPI_MCA_plm_rsh_no_tree_spawn: '1',
    OMPI_MCA_plm_rsh_num_concurrent: concurrent,
    OMPI_MCA_oob_tcp_if_include: network,
    OMPI_MCA_rmaps_base_mapping_policy: 'slot',
    OMPI_MCA_hwloc_base_binding_policy: 'none',
    OMPI_MCA_pml: 'ob1',
    OMPI_MCA_btl: 'self,vader,tcp',
    OMPI_MCA_btl_vader_single_copy_mechanism: 'none',
    PRTE_MCA_plm_ssh_agent: 'ssh',
    PRTE_MCA_plm_ssh_args: ssh,
    PRTE_MCA_plm_ssh_no_tree_spawn: '1',
    PRTE_MCA_plm_ssh_num_concurrent: concurrent,
    PRTE_MCA_rmaps_default_mapping_policy: 'slot',
    PRTE_MCA_hwloc_default_binding_policy: 'none',
  };
  const recorder = `${PATHS.agent}/bin/rank`;
  const named = new Set(Object.keys(job.spec.mpi.mca));
  const kept = Object.entries(mca).filter(([name]) => !named.has(name.replace(/^(OMPI|PRTE)_MCA_/, '')));
  const named5 = isInterfaceName(job.spec.mpi.interface) && !named.has('prte_if_include');
  return {
    ...Object.fromEntries(kept),
    ...(named5 ? { [PRRTE_INTERFACE]: network } : {}),
    OMPI_MCA_orte_fork_agent: recorder,
    PRTE_MCA_odls_base_exec_agent: recorder,
  };
}

/** Variables for the interface's name; none where the manifest names an interface, which then is in {@link mpirunEnv}. */
export function interfaceVariables(job: MPIJob): readonly string[] {
  return 'prte_if_include' in job.spec.mpi.mca || isInterfaceName(job.spec.mpi.interface)
    ? []
    : [PRRTE_INTERFACE];
}

const PRRTE_INTERFACE = 'PRTE_MCA_prte_if_include';

function isInterfaceName(given: string | undefined): given is string {
  return given !== undefined && !given.includes('/');
}

function exportedNames(job: MPIJob): readonly string[] {
  return [...new Set(job.spec.mpi.export)].sort();
}

function isRoot(user: string | undefined): boolean {
  const name = (user ?? 'root').split(':')[0];
  return name === 'root' || name === '0';
}
