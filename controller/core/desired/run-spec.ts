import type { MPIJob, WorkerGroup } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { parseMemory } from '../../api/types/quantity.js';
import { given } from '../../shared/given.js';
import { jobMasterAddress, type RunSpec } from '../../shared/protocol/protocol.js';
import type { RunGroup } from '../../shared/protocol/run-groups.js';
import type { RunIdentity } from '../model/names.js';
import type { ChosenNodes } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import type { NodeView } from '../model/world.js';
import { javaNeeds } from './java.js';
import { runPackage } from './package.js';
import { started } from './start-command.js';
import { workerNeeds } from './worker-needs.js';

export function runSpec(inputs: RunInputs): RunSpec {
  const { job, identity, installation, subnets } = inputs;
  const { workers, ssh, mpi } = job.spec;
  const { zookeeper } = installation;
  const znode = `${installation.znode}/runs/${identity.run}`;
  return {
    protocol: 1,
    run: identity.run,
    job: identity.key,
    zookeeper,
    znode,
    sessionTimeoutMs: installation.sessionTimeoutMs,
    workers: workers.replicas,
    slotsPerWorker: workers.slots,
    ...(workers.groups === undefined ? {} : { groups: workers.groups.map(runGroup) }),
    subnets,
    sshPort: ssh.port,
    sshUser: workers.user?.split(':')[0] ?? 'root',
    hostPublicKey: inputs.hostPublicKey,
    clientPublicKey: inputs.clientPublicKey,
    hostfile: mpi.hostfile,
    ...started(job, subnets.join(','), jobMasterAddress(zookeeper, znode)),
    ...javaNeeds(job),
    ...workerNeeds(workers),
    configuration: job.spec.configuration,
    ...(inputs.package ? { package: runPackage(installation.id, inputs.package) } : {}),
    graceMs: installation.graceMs,
    ...given({ unreachableSeconds: inputs.unreachableSeconds }),
    outputLimit: parseMemory(job.spec.runPolicy.outputLimit),
  };
}

export function runGroup(group: WorkerGroup): RunGroup {
  return { name: group.name, workers: group.replicas, slots: group.slots, ...workerNeeds(group) };
}

export interface RunInputs {
  readonly job: MPIJob;
  readonly identity: RunIdentity;
  readonly image: string;
  readonly subnets: readonly string[];
  readonly hostPublicKey: string;
  readonly clientPublicKey: string;
  readonly installation: Installation;
  readonly package?: PackageContent;
  /** Of the swarm. */
  readonly nodes: readonly NodeView[];
  readonly chosen?: ChosenNodes;
  readonly unreachableSeconds?: number;
}
