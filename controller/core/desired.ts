/** What should exist for a run: pure functions from manifest, run and installation to specifications. */

import { groupOf, groupsOf } from '../api/groups.js';
import type { MPIJob, Resources, WorkerGroup, Workers } from '../api/mpijob.js';
import type { PackageContent } from '../api/package.js';
import { parseCpu, parseMemory } from '../api/quantity.js';
import { type ChosenNodes, type NodeChoice, nodeChoice } from './chosen-nodes.js';
import { started } from './command.js';
import { mostPerNode } from './demand.js';
import { javaNeeds } from './java.js';
import { agentVolume, type Inhabitant, literal, type Mount, mounts } from './mounts.js';
import { agentName, LABEL, launcherName, type RunIdentity, runLabels, workersName } from './names.js';
import { runPackage } from './package.js';
import { AGENT_ENV, jobMasterAddress, PATHS, type RunSpec } from './protocol.js';
import type { RunGroup } from './run-groups.js';
import { workerNeeds } from './worker-needs.js';
import type { Labels, NodeView } from './world.js';

/** What this installation of mpiswarm gives to every run. */
export interface Installation {
  /** As {@link installationId} makes it. */
  readonly id: string;
  /** `host:port[,…]` by which containers reach ZooKeeper. */
  readonly zookeeper: string;
  /** Absolute path of our root znode. */
  readonly znode: string;
  readonly agent: {
    readonly image: string;
    /** Digest of what is in the volume, 12 hexadecimal digits. */
    readonly content: string;
    /** Command line that starts the agent out of the volume. */
    readonly command: readonly string[];
  };
  readonly sessionTimeoutMs: number;
  /** Between SIGTERM and SIGKILL for mpirun. */
  readonly graceMs: number;
}

export interface NetworkSpec {
  readonly name: string;
  readonly encrypted: boolean;
  readonly subnet?: string;
  readonly labels: Labels;
}

export interface FileRef {
  /** Name of the Swarm secret or config. */
  readonly name: string;
  /** Absolute path in the container. */
  readonly target: string;
}

export interface ServiceSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  /** Ask the registry with the user's credentials, so that other nodes can pull. */
  readonly withRegistryAuth: boolean;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly user?: string;
  readonly mode: { readonly kind: 'replicated'; readonly replicas: number } | { readonly kind: 'global' };
  /** What Swarm replaces, after 5 s: nothing, every ended task, or those that failed. */
  readonly restart: 'none' | 'any' | 'on-failure';
  readonly networks: readonly string[];
  readonly mounts: readonly Mount[];
  readonly secrets: readonly FileRef[];
  readonly configs: readonly FileRef[];
  readonly constraints: readonly string[];
  /** Beside the constraints, which are the manifest's own. */
  readonly nodes?: NodeChoice;
  readonly spread: readonly string[];
  readonly maxPerNode?: number;
  readonly resources: ResourceAmounts;
  readonly stopGraceMs: number;
}

export interface ResourceAmounts {
  readonly requestNanoCpus?: number;
  readonly requestMemoryBytes?: number;
  readonly limitNanoCpus?: number;
  readonly limitMemoryBytes?: number;
}

export function networkSpec(job: MPIJob, { id }: Pick<Installation, 'id'>): NetworkSpec {
  const { name, encrypted, subnet } = job.spec.network;
  return {
    name,
    encrypted,
    ...(subnet === undefined ? {} : { subnet }),
    labels: { [LABEL.installation]: id, [LABEL.part]: 'network' },
  };
}

/** Puts the agent on every node: an empty named volume is filled from the image at its mount point. */
export function agentService(installation: Installation): ServiceSpec {
  const { image, content, command } = installation.agent;
  return {
    name: agentName(content),
    labels: { [LABEL.installation]: installation.id, [LABEL.part]: 'agent', [LABEL.agent]: content },
    image,
    withRegistryAuth: true,
    command: [...command, 'verify'],
    env: { [AGENT_ENV.nodeHostname]: '{{.Node.Hostname}}' },
    mode: { kind: 'global' },
    restart: 'on-failure',
    networks: [],
    mounts: [agentVolume(installation.agent, { readOnly: false, noCopy: false })],
    secrets: [],
    configs: [],
    constraints: [],
    spread: [],
    resources: {},
    stopGraceMs: 1_000,
  };
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
}

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
  };
}

function runGroup(group: WorkerGroup): RunGroup {
  return { name: group.name, workers: group.replicas, slots: group.slots, ...workerNeeds(group) };
}

/** The launcher's service and one for each group of workers, unless worker 0 is its only worker and the launcher. */
export function runServices(inputs: RunInputs): readonly ServiceSpec[] {
  const { job } = inputs;
  const alsoWorker = job.spec.launcher.mode === 'Worker0';
  const launcher = container(inputs, {
    name: launcherName(inputs.identity.run),
    role: 'launcher',
    roles: alsoWorker ? 'launcher,worker' : 'launcher',
    firstIndex: 0,
    replicas: 1,
    restart: 'none',
    group: groupOf(job, 0).name,
    workers: job.spec.workers,
    resources: alsoWorker ? job.spec.workers.resources : job.spec.launcher.resources,
    secrets: alsoWorker ? ['launcher', 'worker'] : ['launcher'],
  });
  const others = groupsOf(job).flatMap(({ first, replicas, ...workers }): readonly ServiceSpec[] => {
    const led = alsoWorker && first === 0 ? 1 : 0;
    if (replicas === led) return [];
    const part: Part = {
      name: workersName(inputs.identity.run, workers.name),
      role: 'workers',
      roles: 'worker',
      firstIndex: first + led,
      replicas: replicas - led,
      restart: 'any',
      group: workers.name,
      workers,
      resources: workers.resources,
      secrets: ['worker'],
    };
    return [container(inputs, part)];
  });
  return [launcher, ...others];
}

interface Part {
  readonly name: string;
  readonly role: 'launcher' | 'workers';
  readonly roles: string;
  readonly firstIndex: number;
  readonly replicas: number;
  readonly restart: 'none' | 'any';
  /** Name of the group of workers; empty where all are alike. */
  readonly group: string;
  /** What its containers are like. */
  readonly workers: Omit<Workers, 'replicas' | 'groups'>;
  readonly resources: Resources;
  readonly secrets: readonly ('launcher' | 'worker')[];
}

function container(inputs: RunInputs, part: Part): ServiceSpec {
  const { job, identity, installation } = inputs;
  const { network } = job.spec;
  const { group, workers } = part;
  const grouped = part.role === 'workers' && group !== '';
  const last = part.role === 'launcher' ? 'launcher' : '{{.Task.Slot}}';
  const maxPerNode = mostPerNode(groupOf(job, part.firstIndex));
  const nodes = nodeChoice(job, { role: part.role, first: part.firstIndex }, inputs);
  return {
    name: part.name,
    labels: { ...runLabels(identity, part.role), ...(grouped ? { [LABEL.group]: group } : {}) },
    image: inputs.image,
    withRegistryAuth: job.spec.imagePullPolicy !== 'Never',
    command: installation.agent.command,
    env: {
      ...Object.fromEntries(workers.env.map(({ name, value }) => [name, literal(value)])),
      [AGENT_ENV.roles]: part.roles,
      [AGENT_ENV.slot]: '{{.Task.Slot}}',
      [AGENT_ENV.firstIndex]: String(part.firstIndex),
      [AGENT_ENV.task]: '{{.Task.ID}}',
      [AGENT_ENV.node]: '{{.Node.ID}}',
      [AGENT_ENV.nodeHostname]: '{{.Node.Hostname}}',
    },
    hostname: [job.metadata.name, ...(grouped ? [group] : []), last].join('-'),
    ...(workers.user === undefined ? {} : { user: workers.user }),
    mode: { kind: 'replicated', replicas: part.replicas },
    restart: part.restart,
    networks: [network.name],
    mounts: mounts(job, installation.agent, { workers, group, whose: inhabitant(part) }),
    secrets: part.secrets.map(role => ({
      name: `${identity.run}-${role}`,
      target: role === 'launcher' ? PATHS.launcherSecret : PATHS.workerSecret,
    })),
    configs: [{ name: identity.run, target: PATHS.runSpec }],
    constraints: workers.placement.constraints,
    ...(Object.keys(nodes).length === 0 ? {} : { nodes }),
    spread: workers.placement.spread,
    ...(part.role === 'workers' && maxPerNode !== undefined ? { maxPerNode } : {}),
    resources: amounts(part.resources),
    stopGraceMs: installation.graceMs + 2_000,
  };
}

function inhabitant({ role, roles }: Part): Inhabitant {
  if (role === 'workers') return 'workers';
  return roles.includes('worker') ? 'worker 0' : 'launcher';
}

function amounts({ requests, limits }: Resources): ResourceAmounts {
  return {
    ...(requests.cpu === undefined ? {} : { requestNanoCpus: parseCpu(requests.cpu) }),
    ...(requests.memory === undefined ? {} : { requestMemoryBytes: parseMemory(requests.memory) }),
    ...(limits.cpu === undefined ? {} : { limitNanoCpus: parseCpu(limits.cpu) }),
    ...(limits.memory === undefined ? {} : { limitMemoryBytes: parseMemory(limits.memory) }),
  };
}
