import type { Command } from '../../core/model/command.js';
import type { ResourceAmounts, ServiceSpec } from '../../core/model/specs.js';
import { oneLine } from '../../shared/one-line.js';
import { AGENT_ENV, PATHS } from '../../shared/protocol/protocol.js';

/** A word for the kind of thing, then its name and what matters about it. */
export type Row = readonly [string, string];

/**
 * What a command makes.
 * @param znode our root znode.
 */
export function commandRows(command: Command, znode: string): readonly Row[] {
  switch (command.do) {
    case 'resolve-image':
      return [['image', `${command.ref}: ${PULL[command.policy]}, then pinned for the run`]];
    case 'install-agent':
      return [
        ['service', `${command.spec.name}: puts the agent on every node, from image ${command.spec.image}`],
      ];
    case 'create-network': {
      const { name, encrypted, subnet } = command.spec;
      const words = [
        'overlay',
        'attachable',
        ...(encrypted ? ['encrypted'] : []),
        subnet ? `subnet ${subnet}` : "subnet of Docker's choice",
      ];
      return [['network', `${name}: ${words.join(', ')}`]];
    }
    case 'attach-zookeeper':
      return [['attach', `ZooKeeper to network ${command.network}`]];
    case 'offer-package': {
      const { path, content, network } = command.want;
      return [
        ['package', `${path}: ${content.bytes} bytes, served on network ${network} until the run starts`],
      ];
    }
    case 'create-run':
      return [['znode', `${znode}/runs/${command.run}`]];
    case 'create-keys':
      return [
        [
          'secret',
          `${command.name}: ${command.role === 'launcher' ? 'client key' : 'host key'}, made for this run`,
        ],
      ];
    case 'create-config':
      return [['config', `${command.name}: what the containers need to know about the run`]];
    case 'create-service':
      return service(command.spec);
    case 'create-start':
      return [['znode', `${znode}/runs/${command.run}/start: the launcher starts the command, once`]];
    default:
      return [[command.do, 'run' in command ? command.run : command.name]];
  }
}

const PULL = {
  IfNotPresent: 'pulled if the engine does not have it',
  Always: 'pulled again, for the newest',
  Never: 'never pulled',
} as const;

function service(spec: ServiceSpec): readonly Row[] {
  const replicas = spec.mode.kind === 'replicated' ? spec.mode.replicas : 0;
  const count = `${replicas} ${replicas === 1 ? 'container' : 'containers'}`;
  const atMost = spec.maxPerNode === undefined ? [] : [`at most ${spec.maxPerNode} on each`];
  const ruledOut = spec.nodes?.notNodes?.length ?? 0;
  const others = ruledOut === 0 ? [] : [`none of ${ruledOut} others`];
  const details: readonly (readonly [string, readonly string[]])[] = [
    ['image', [spec.image]],
    ['network', spec.networks],
    ['secrets', spec.secrets.map(secret => secret.name)],
    ['nodes', [...spec.constraints, ...atMost, ...others]],
    ['spread', spec.spread],
    ['each', amounts(spec.resources)],
    ['user', spec.user === undefined ? [] : [spec.user]],
    ['volumes', volumes(spec)],
    ['environment', environment(spec)],
  ];
  return [
    ['service', `${spec.name}: ${count}, ${inhabitants(spec, replicas)}`],
    ...details.flatMap(([name, values]): readonly Row[] =>
      values.length === 0 ? [] : [['', `  ${name} ${values.join(', ')}`]],
    ),
  ];
}

/** `launcher and worker 0`, `workers 1-3` */
function inhabitants({ env }: ServiceSpec, replicas: number): string {
  const roles = env[AGENT_ENV.roles]?.split(',') ?? [];
  const first = Number(env[AGENT_ENV.firstIndex]);
  const workers = replicas === 1 ? `worker ${first}` : `workers ${first}-${first + replicas - 1}`;
  return roles.map(role => (role === 'worker' ? workers : role)).join(' and ');
}

function amounts(r: ResourceAmounts): readonly string[] {
  return [
    ...(r.requestNanoCpus === undefined ? [] : [`reserves ${r.requestNanoCpus / 1e9} cpu`]),
    ...(r.requestMemoryBytes === undefined ? [] : [`reserves ${mebibytes(r.requestMemoryBytes)}`]),
    ...(r.limitNanoCpus === undefined ? [] : [`limited to ${r.limitNanoCpus / 1e9} cpu`]),
    ...(r.limitMemoryBytes === undefined ? [] : [`limited to ${mebibytes(r.limitMemoryBytes)}`]),
  ];
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / 1024 ** 2).toFixed(1))} MiB`;
}

/** What the manifest asks for; the rest is the same for every job. */
function volumes({ mounts }: ServiceSpec): readonly string[] {
  const ours = [PATHS.agent, PATHS.scratch, '/dev/shm', '/twister2'];
  return mounts
    .filter(({ target }) => !ours.includes(target))
    .map(mount => {
      if (mount.type === 'tmpfs') {
        const size = mount.sizeBytes === undefined ? '' : ` (at most ${mebibytes(mount.sizeBytes)})`;
        return `volatile directory at ${mount.target}${size}`;
      }
      const { type, device } = mount.driver?.options ?? {};
      const words = [
        ...(mount.readOnly ? ['read-only'] : []),
        ...(mount.driver ? [`driver ${mount.driver.name}`] : []),
        ...(type === undefined ? [] : [`type ${type}`]),
        ...(device === undefined ? [] : [`device ${device}`]),
      ];
      return `${mount.source} at ${mount.target}${words.length > 0 ? ` (${words.join(', ')})` : ''}`;
    });
}

/** The manifest's own variables; the agent's are the same for every job. */
function environment({ env }: ServiceSpec): readonly string[] {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('MPISWARM_'));
  return own.map(([name, value]) => `${name}=${oneLine(value)}`);
}
