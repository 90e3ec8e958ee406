import { groupOf } from '../../api/types/groups.js';
import { type Facts, lowestUnmet, rungs } from '../../core/ladder/facts.js';
import { decide } from '../../core/ladder/machine.js';
import type { Command } from '../../core/model/command.js';
import { LABEL } from '../../core/model/names.js';
import { PHASES, type Phase } from '../../core/model/phase.js';
import type { Reason } from '../../core/model/reason.js';
import type { JobRecord, RunStatus } from '../../core/model/record.js';
import type { Installation } from '../../core/model/specs.js';
import type { ImageState, RunWorld, SwarmWorld, TaskView } from '../../core/model/world.js';
import { choiceConstraints } from '../../core/nodes/assigned.js';
import { type RunView, runView } from '../../core/observed/run-view.js';
import { planRun } from '../../core/plan/plan.js';
import { situationOf } from '../../core/run/situation.js';
import { hostfile } from '../../shared/protocol/hostfile.js';
import { AGENT_ENV, type Registration } from '../../shared/protocol/protocol.js';

export interface Rehearsal {
  /** What would be issued, by the rung that it serves, in order. */
  readonly commands: Readonly<Record<Phase, readonly Command[]>>;
  /** Where it would get stuck without a person, and why; undefined: nothing is known that would hold it up. */
  readonly stuck?: { readonly phase: Phase; readonly reasons: readonly Reason[] };
}

export interface RehearsalInputs {
  readonly record: JobRecord;
  readonly run: RunStatus;
  readonly installation: Installation;
  readonly swarm: SwarmWorld;
  readonly now: number;
}

/** What the commands of a run serve. */
const SERVES: Readonly<Record<Command['do'], Phase>> = {
  'resolve-image': 'imaged',
  'install-agent': 'imaged',
  'create-network': 'networked',
  'attach-zookeeper': 'networked',
  'offer-package': 'networked',
  'create-run': 'ssh-ready',
  'create-keys': 'ssh-ready',
  'create-config': 'ssh-ready',
  'create-service': 'ssh-ready',
  'create-start': 'running',
  'create-stop': 'done',
  'store-output': 'done',
  'remove-service': 'done',
  'remove-secret': 'done',
  'remove-config': 'done',
  'remove-run': 'done',
  'remove-output': 'done',
};

/** More passes than any plan needs; a plan that repeats itself is a bug, and must not hang the command. */
const MAX_PASSES = 20;

/**
 * Plays a run through the controller's own planner, in a copy of the world in which every command succeeds and every
 * container comes up. Nothing outside is touched.
 */
export function rehearse(inputs: RehearsalInputs): Rehearsal {
  let stage: Stage = { swarm: prepared(inputs), image: { state: 'unknown' } };
  const commands: Command[] = [];
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const situation = situationOf(viewOf(inputs, stage), false);
    const phase = decide('pending', rungs(situation.facts, false));
    const plan = planRun(phase, situation).flat();
    if (plan.length === 0) return { commands: byPhase(commands), ...stuckAt(situation.facts) };
    commands.push(...plan);
    if (plan.some(command => command.do === 'create-start')) return { commands: byPhase(commands) };
    stage = plan.reduce((next, command) => play(next, command, inputs), stage);
  }
  throw new Error(`the plan of run ${inputs.run.id} does not end: ${commands.map(c => c.do).join(', ')}`);
}

/** What changes as the rehearsal goes on. */
interface Stage {
  readonly swarm: SwarmWorld;
  readonly image: ImageState;
  readonly znodes?: RunWorld;
}

/** The world with the agent up wherever its service is: installing it takes time, but nobody's help. */
function prepared({ swarm, installation, now }: RehearsalInputs): SwarmWorld {
  const agent = swarm.services.find(service => service.labels[LABEL.agent] === installation.agent.content);
  return agent ? withAgent(swarm, agent.id, now) : swarm;
}

function withAgent(swarm: SwarmWorld, service: string, now: number): SwarmWorld {
  const tasks = swarm.nodes.map(node => task({ service, node: node.id, state: 'complete', now }));
  return { ...swarm, tasks: [...swarm.tasks, ...tasks] };
}

function viewOf(
  { record, run, installation, now }: RehearsalInputs,
  { swarm, image, znodes }: Stage,
): RunView {
  return runView({ record, run, installation, now, swarm, image, znodes, outputStored: false });
}

function play(stage: Stage, command: Command, inputs: RehearsalInputs): Stage {
  const { swarm } = stage;
  const { spec } = inputs.record.manifest;
  switch (command.do) {
    case 'resolve-image':
      return { ...stage, image: { state: 'resolved', pinned: spec.image } };
    case 'install-agent': {
      const { name, labels, image } = command.spec;
      const made = { ...swarm, services: [...swarm.services, { id: name, name, labels, image }] };
      return { ...stage, swarm: withAgent(made, name, inputs.now) };
    }
    case 'create-network': {
      const { name, encrypted, labels, subnet } = command.spec;
      const subnets = [subnet ?? `<subnet of ${name}>`];
      const network = {
        id: name,
        name,
        driver: 'overlay',
        scope: 'swarm',
        attachable: true,
        encrypted,
        subnets,
        labels,
      };
      return { ...stage, swarm: { ...swarm, networks: [...swarm.networks, network] } };
    }
    case 'attach-zookeeper':
      return {
        ...stage,
        swarm: { ...swarm, zooKeeperNetworks: [...(swarm.zooKeeperNetworks ?? []), command.network] },
      };
    case 'offer-package': {
      const { name, labels, network } = command.want;
      const made = { id: name, name, labels, serves: true, networks: [network] };
      return { ...stage, swarm: { ...swarm, packages: [...swarm.packages, made] } };
    }
    case 'create-run':
      return {
        ...stage,
        znodes: { registrations: [], placements: [], ranks: [], started: false, stopping: false },
      };
    case 'create-keys': {
      const labels = { ...command.labels, [LABEL.publicKey]: `<public key of the ${command.role}>` };
      return {
        ...stage,
        swarm: { ...swarm, secrets: [...swarm.secrets, { id: command.name, name: command.name, labels }] },
      };
    }
    case 'create-config':
      return { ...stage, swarm: { ...swarm, configs: [...swarm.configs, { ...command, id: command.name }] } };
    case 'create-service':
      return withContainers(stage, command, inputs);
    default:
      return stage;
  }
}

/** Every container of the service runs, and its agent has done its part. */
function withContainers(
  stage: Stage,
  { spec }: Extract<Command, { do: 'create-service' }>,
  { record, now }: RehearsalInputs,
): Stage {
  const { swarm, znodes } = stage;
  if (spec.mode.kind !== 'replicated' || !znodes) return stage;
  const { name, labels, image } = spec;
  const constraints = [...spec.constraints, ...choiceConstraints(spec.nodes ?? {})];
  const network = swarm.networks.find(n => spec.networks.includes(n.name))?.id ?? '';
  const roles = spec.env[AGENT_ENV.roles]?.split(',') ?? [];
  const isWorker = roles.includes('worker');
  const first = Number(spec.env[AGENT_ENV.firstIndex]);
  const address = (slot: number) => (isWorker ? `<worker ${first + slot - 1}>` : '<launcher>');
  const slots = Array.from({ length: spec.mode.replicas }, (_, i) => i + 1);
  const node = swarm.nodes[0]?.id ?? '';
  const tasks = slots.map(slot =>
    task({ service: name, node, state: 'running', now, slot, addresses: { [network]: address(slot) } }),
  );
  const registered = isWorker
    ? slots.map(slot => registration(record, tasks[slot - 1], address(slot), first + slot - 1))
    : [];
  const registrations = [...znodes.registrations, ...registered].sort((a, b) => a.index - b.index);
  const ssh = registrations.map(r => [r.index, { ok: true, address: r.address, task: r.task }] as const);
  return {
    ...stage,
    swarm: {
      ...swarm,
      services: [...swarm.services, { id: name, name, labels, image, constraints }],
      tasks: [...swarm.tasks, ...tasks],
    },
    znodes: {
      ...znodes,
      registrations,
      launcher: {
        task: (roles.includes('launcher') ? tasks[0]?.id : znodes.launcher?.task) ?? '',
        address: '<launcher>',
        node: { id: '', hostname: '' },
        ssh: Object.fromEntries(ssh),
        hostfile: hostfile(registrations),
      },
    },
  };
}

function registration(
  record: JobRecord,
  of: TaskView | undefined,
  address: string,
  index: number,
): Registration {
  const { port } = record.manifest.spec.ssh;
  const { slots } = groupOf(record.manifest, index);
  const node = { id: '', hostname: '' };
  return { index, task: of?.id ?? '', address, port, node, slots, resources: {} };
}

function task(
  of: Pick<TaskView, 'service' | 'state'> & {
    readonly node: string;
    readonly now: number;
  } & Partial<TaskView>,
): TaskView {
  const { now, service, node, slot = 0, addresses = {}, state } = of;
  return {
    id: `${service}.${slot}.${node}`,
    service,
    slot,
    node,
    state,
    desired: state,
    addresses,
    createdAt: now,
    changedAt: now,
  };
}

function byPhase(commands: readonly Command[]): Rehearsal['commands'] {
  return Object.fromEntries(
    PHASES.map(phase => [phase, commands.filter(command => SERVES[command.do] === phase)]),
  ) as unknown as Rehearsal['commands'];
}

function stuckAt(seen: Facts): Pick<Rehearsal, 'stuck'> {
  const stuck = lowestUnmet(seen);
  return stuck ? { stuck } : {};
}
