import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { LABEL } from '../../core/model/names.js';
import { MADE_PREFIX } from '../../core/nodes/addresses.js';

/**
 * A subnet for a network of ours that has room for thousands of containers: the first in Swarm's own pools that meets neither
 * another network, nor a node, nor an interface of this machine. Undefined where the pools have none or cannot be read: then
 * Swarm chooses.
 */
export async function roomySubnet(docker: Docker): Promise<string | undefined> {
  const [{ pools, nodes }, networks] = await Promise.all([swarmPools(docker), docker.listNetworks()]);
  const subnets = networks.flatMap(({ IPAM, Labels }) => [
    ...(IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
    // Not allocated yet, so it has no subnet in the list
    ...[Labels?.[LABEL.subnet] ?? []].flat(),
  ]);
  const own = Object.values(networkInterfaces()).flatMap(all =>
    (all ?? []).flatMap(({ cidr }) => cidr ?? []),
  );
  return freeSubnet(pools, [...subnets, ...nodes, ...own]);
}

interface Swarm {
  readonly pools: readonly string[];
  /** Addresses of the nodes. */
  readonly nodes: readonly string[];
}

/** The defaults of `docker swarm init`, where an engine does not say. */
const DEFAULT_POOLS = ['10.0.0.0/8'];

async function swarmPools(docker: Docker): Promise<Swarm> {
  const [swarm, nodes] = await Promise.all([docker.swarmInspect() as Promise<RawSwarm>, docker.listNodes()]);
  const { DefaultAddrPool: pools } = swarm;
  return {
    pools: pools && pools.length > 0 ? pools : DEFAULT_POOLS,
    nodes: (nodes as readonly RawNode[]).flatMap(({ Status }) => (Status?.Addr ? [`${Status.Addr}/32`] : [])),
  };
}

interface RawSwarm {
  readonly DefaultAddrPool?: readonly string[] | null;
}

interface RawNode {
  readonly Status?: { readonly Addr?: string };
}

/**
 * The first subnet of that size in the pools that overlaps nothing that is taken.
 * @param pools and `taken`: IPv4 in CIDR notation; others do not count.
 */
export function freeSubnet(
  pools: readonly string[],
  taken: readonly string[],
  prefix = MADE_PREFIX,
): string | undefined {
  const used = taken.flatMap(text => range(text) ?? []);
  const size = 2 ** (32 - prefix);
  for (const pool of pools.flatMap(text => range(text) ?? [])) {
    for (let first = pool.first; first + size - 1 <= pool.last; first += size) {
      const blocker = used.find(one => one.first < first + size && one.last >= first);
      if (!blocker) return `${dotted(first)}/${prefix}`;
      // On behind it, in whole steps: a pool of a /8 that is full of one network is no reason for a long search
      first += Math.max(0, Math.floor((blocker.last - first) / size)) * size;
    }
  }
  return undefined;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function range(text: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 32] = match.slice(1).map(Number);
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}
