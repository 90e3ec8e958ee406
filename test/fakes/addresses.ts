import {
  isTerminal,
  type NetworkView,
  type PackageView,
  type TaskView,
} from '../../controller/core/model/world.js';

export interface OnNetworks {
  readonly tasks: readonly TaskView[];
  /** By network id: the nodes that have an address of their own there. */
  readonly nodeAddresses: ReadonlyMap<string, ReadonlySet<string>>;
  readonly zooKeeperNetworks?: readonly string[] | undefined;
  readonly packages: readonly PackageView[];
}

/** How many addresses of a network are in use: of containers, and of nodes that have had one there. */
export function inUse({ id, name }: NetworkView, world: OnNetworks): number {
  const { tasks, nodeAddresses, zooKeeperNetworks, packages } = world;
  const ofTasks = tasks.filter(task => !isTerminal(task) && task.addresses[id] !== undefined).length;
  const attached = packages.filter(({ networks }) => networks.includes(name)).length;
  const ofNodes = nodeAddresses.get(id)?.size ?? 0;
  return ofNodes + ofTasks + attached + (zooKeeperNetworks?.includes(name) ? 1 : 0);
}

/**
 * An address that no task has, the next after the last that was given; undefined when all are in use.
 * @param last how many were given so far, over all networks.
 */
export function nextAddress(network: NetworkView, last: number, world: OnNetworks): string | undefined {
  const { addresses = 0, subnets } = network;
  if (inUse(network, world) >= addresses) return undefined;
  const used = new Set(
    world.tasks.flatMap(task => (isTerminal(task) ? [] : (task.addresses[network.id] ?? []))),
  );
  const [base = '0.0.0.0'] = (subnets[0] ?? '').split('/');
  for (let tries = 0; tries < addresses; tries += 1) {
    // The first is the gateway's
    const address = plus(base, 2 + ((last - 1 + tries) % addresses));
    if (!used.has(address)) return address;
  }
  return undefined;
}

function plus(base: string, count: number): string {
  const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + count;
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.');
}
