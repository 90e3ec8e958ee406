/** What should exist for a run: pure functions from manifest, run and installation to specifications. */

import { groupOf, groupsOf } from '../../api/types/groups.js';
import type { Resources, Workers } from '../../api/types/mpijob.js';
import { parseCpu, parseMemory } from '../../api/types/quantity.js';
import { given } from '../../shared/given.js';
import { AGENT_ENV, PATHS } from '../../shared/protocol/protocol.js';
import { LABEL, launcherName, runLabels, workersName } from '../model/names.js';
import type { ResourceAmounts, ServiceSpec } from '../model/specs.js';
import { nodeChoice } from '../nodes/assigned.js';
import { mostPerNode } from '../nodes/requests.js';
import { type Inhabitant, literal, mounts } from './mounts.js';
import type { RunInputs } from './run-spec.js';

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
    ...given({ user: workers.user }),
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
    outputLimit: parseMemory(job.spec.runPolicy.outputLimit),
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
