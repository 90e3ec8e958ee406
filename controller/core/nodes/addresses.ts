import { addressesOf } from '../../api/types/cidr.js';
import { containerCount } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import type { Reason } from '../model/reason.js';
import type { JobRecord } from '../model/record.js';
import { indexed } from '../model/swarm-index.js';
import { isTerminal, type NetworkView, type Reservation, type SwarmWorld } from '../model/world.js';

/** Prefix of the networks that we make where the manifest gives no subnet. The engine's own choice holds 253 containers. */
export const MADE_PREFIX = 20;

/** What is free on each network that jobs use; undefined: it is not known yet, or another rung says what is wrong with it. */
export type FreeAddresses = ReadonlyMap<string, Addresses | undefined>;

export interface Addresses {
  /** For containers, were nothing on the network. */
  readonly all: number;
  /** Negative where more is promised than there is. */
  readonly free: number;
}

/**
 * What is free beside all containers that are on the networks, and beside what runs that were admitted have not placed yet.
 * @param records jobs whose last run may be open.
 */
export function freeAddresses(
  networks: readonly MPIJob['spec']['network'][],
  {
    records,
    swarm,
    others,
  }: {
    readonly records: readonly JobRecord[];
    readonly swarm: SwarmWorld;
    readonly others: readonly Reservation[];
  },
): FreeAddresses {
  const wanted = new Map(networks.map(network => [network.name, network]));
  return new Map(
    [...wanted.values()].map(network => {
      const { name } = network;
      const all = roomOn(network, swarm);
      if (all === undefined) return [name, undefined];
      const id = swarm.networks.find(one => one.name === name)?.id;
      const promised = records
        .filter(({ manifest }) => manifest.spec.network.name === name)
        .reduce((sum, record) => sum + unplaced(record, swarm, id), 0);
      return [
        name,
        { all, free: all - taken(swarm, id) - takenByOthers(swarm, others, { id, name }) - promised },
      ];
    }),
  );
}

/** How many containers a network has room for, when only what Swarm itself takes is on it. */
function roomOn(wanted: MPIJob['spec']['network'], swarm: SwarmWorld): number | undefined {
  const there = swarm.networks.find(({ name }) => name === wanted.name);
  if (there && !(there.driver === 'overlay' || there.driver === '')) return undefined;
  const size = there?.addresses ?? (there && there.subnets.length > 0 ? undefined : expected(wanted));
  if (size === undefined) return undefined;
  // Swarm takes one on each node that has a container there, and our ZooKeeper is attached
  return Math.max(0, size - swarm.nodes.length - (swarm.zooKeeperNetworks ? 1 : 0));
}

/** Of the network as it will be made. */
function expected({ subnet }: MPIJob['spec']['network']): number {
  return addressesOf(subnet === undefined ? MADE_PREFIX : Number(subnet.split('/')[1]));
}

function taken({ tasks }: SwarmWorld, network: NetworkView['id'] | undefined): number {
  if (network === undefined) return 0;
  return tasks.filter(task => !isTerminal(task) && task.addresses[network] !== undefined).length;
}

/** Our ZooKeeper is counted before it is attached, and once it is it's among what has no service. */
function takenByOthers(
  { zooKeeperNetworks }: SwarmWorld,
  others: readonly Reservation[],
  { id, name }: { readonly id: string | undefined; readonly name: string },
): number {
  if (id === undefined) return 0;
  const found = others.filter(({ networks }) => networks?.includes(id)).length;
  return Math.max(0, found - (zooKeeperNetworks?.includes(name) ? 1 : 0));
}

/** What an open run has not got yet of the addresses that it was admitted with. */
function unplaced(record: JobRecord, swarm: SwarmWorld, network: string | undefined): number {
  const run = record.status.runs.at(-1);
  if (run === undefined || run.outcome !== undefined) return 0;
  const index = indexed(swarm);
  const tasks = index.run(run.id).services.flatMap(({ id }) => index.tasks(id));
  const placed = tasks.filter(
    task => !isTerminal(task) && network !== undefined && task.addresses[network] !== undefined,
  );
  // A launcher that has ended leaves nothing to be placed
  const waits =
    run.startedAt === undefined
      ? addressesNeeded(record.manifest, swarm)
      : containerCount(record.manifest) - 1;
  return Math.max(0, waits - placed.length);
}

/** So many a run needs: one for each container, and one for what serves its package until that is on the network. */
export function addressesNeeded(job: MPIJob, { packages }: Pick<SwarmWorld, 'packages'>): number {
  const { name } = job.spec.network;
  const served = packages.some(({ networks }) => networks.includes(name));
  return containerCount(job) + (job.spec.package !== undefined && !served ? 1 : 0);
}

/** Why a job cannot have its addresses now, or ever; undefined where it can. */
export function addressShortage(
  { spec: { network } }: MPIJob,
  needed: number,
  { all, free }: Addresses,
): Reason | undefined {
  if (needed <= free) return undefined;
  const needs = `needs ${needed} ${needed === 1 ? 'address' : 'addresses'} of network ${network.name}`;
  if (needed > all) {
    const message = `${needs}, which has ${all} for containers even when it is empty: ask for fewer workers, or name a larger network in spec.network`;
    return { reason: 'AddressesExhausted', message };
  }
  const message = `${needs}, and ${Math.max(0, free)} of ${all} are free: wait for other jobs on it, or name another network in spec.network`;
  return { reason: 'AddressesExhausted', message };
}
