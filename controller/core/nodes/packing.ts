import { serviceKey } from '../model/names.js';
import type { ChosenNodes } from '../model/record.js';
import type { Amounts, NodeView } from '../model/world.js';
import { isEligible } from './eligible.js';
import type { Group } from './requests.js';

/** A node and what is free on it. */
export interface NodeRoom {
  readonly node: NodeView;
  readonly free: Amounts;
  /** How many containers are there that count: ours, and others' that reserve something. */
  readonly containers: number;
}

export interface Packing {
  /** What is left when all containers have their places. */
  readonly left: readonly NodeRoom[];
  /** Node assignments that must be passed to Swarm as constraints. */
  readonly nodes: ChosenNodes;
}

/**
 * The places of the launcher and the workers, or undefined where not all of them fit. For the launcher every node is tried;
 * then come the groups of workers: those that go to one node, then those that the fewest nodes will do for.
 */
export function pack(
  rooms: readonly NodeRoom[],
  [launcher, ...workers]: readonly [launcher: Group, ...workers: Group[]],
): Packing | undefined {
  const choosy = [...workers].sort(
    (a, b) =>
      Number(b.mapping === 'AllSameNode') - Number(a.mapping === 'AllSameNode') ||
      eligible(rooms, a).length - eligible(rooms, b).length ||
      b.each.nanoCpus - a.each.nanoCpus ||
      b.each.memoryBytes - a.each.memoryBytes,
  );
  for (const { node } of eligible(rooms, launcher).sort(mostConstrainedFirst)) {
    const taken = take(rooms, node.id, launcher);
    const all = choosy.reduce<Packing | undefined>(
      (now, group) => now && placeGroup(now, group, node.id),
      taken && { left: taken, nodes: {} },
    );
    if (all) return all;
  }
  return undefined;
}

/** Of equal ones the one with fewer containers, lest all jobs that reserve nothing come to the same node. */
function mostConstrainedFirst(a: NodeRoom, b: NodeRoom): number {
  return a.free.nanoCpus - b.free.nanoCpus || a.containers - b.containers;
}

/** With the workers of a group, all alike, in their places. */
function placeGroup({ left, nodes }: Packing, group: Group, launcher: string): Packing | undefined {
  const { count, mapping, besideWorker0 } = group;
  const isLauncher = ({ node }: NodeRoom): boolean => besideWorker0 && node.id === launcher;
  const bound = besideWorker0 ? { launcher } : {};
  switch (mapping) {
    case 'None':
      return capacity(left, group) < count ? undefined : { left: spread(left, group), nodes };
    case 'AllSeparateNodes': {
      const others = left.filter(room => !isLauncher(room));
      if (capacity(others, group) < count) return undefined;
      return { left: [...spread(others, group), ...left.filter(isLauncher)], nodes: { ...nodes, ...bound } };
    }
    case 'AllSameNode': {
      const there = eligible(left, group).filter(room => !besideWorker0 || isLauncher(room));
      const room = there.sort(mostConstrainedFirst).find(one => fitting(one, group) >= count);
      if (!room) return undefined;
      const own = { [serviceKey('workers', group.name)]: room.node.id };
      const taken = left.map(one => (one === room ? minus(one, group.each, count) : one));
      return { left: taken, nodes: { ...nodes, ...bound, ...own } };
    }
    default:
      return mapping satisfies never;
  }
}

/** The nodes that a group's containers may be on. */
export function eligible(rooms: readonly NodeRoom[], { placement }: Pick<Group, 'placement'>): NodeRoom[] {
  return rooms.filter(({ node }) => isEligible(node, placement));
}

/** How many containers of a group the nodes have room for. */
export function capacity(rooms: readonly NodeRoom[], group: Group): number {
  return eligible(rooms, group).reduce((sum, room) => sum + fitting(room, group), 0);
}

/** How many containers of a group a node that suits it has room for; without requests any number. */
export function fitting({ free }: NodeRoom, { each, maxPerNode = Number.POSITIVE_INFINITY }: Group): number {
  const times = (have: number, want: number): number =>
    want === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(have / want));
  return Math.min(times(free.nanoCpus, each.nanoCpus), times(free.memoryBytes, each.memoryBytes), maxPerNode);
}

/** The room that is left with as many of the group's containers placed as there is room for, spread as Swarm does it. */
export function spread(rooms: readonly NodeRoom[], group: Group): readonly NodeRoom[] {
  const counts = new Map<string, number>();
  const countOf = ({ node }: NodeRoom) => counts.get(node.id) ?? 0;
  const all = eligible(rooms, group);
  for (let placed = 0; placed < group.count; placed += 1) {
    const [next] = all
      .filter(room => fitting(room, group) > countOf(room))
      .sort((a, b) => countOf(a) - countOf(b) || (a.node.hostname < b.node.hostname ? -1 : 1));
    if (!next) break;
    counts.set(next.node.id, countOf(next) + 1);
  }
  return rooms.map(room => minus(room, group.each, countOf(room)));
}

/** The room that is left on a node when so much is reserved there. */
export function minus(room: NodeRoom, each: Amounts, count = 1): NodeRoom {
  const { nanoCpus, memoryBytes } = room.free;
  return {
    ...room,
    containers: room.containers + count,
    free: {
      nanoCpus: nanoCpus - each.nanoCpus * count,
      memoryBytes: memoryBytes - each.memoryBytes * count,
    },
  };
}

function take(rooms: readonly NodeRoom[], node: string, group: Group): readonly NodeRoom[] | undefined {
  const at = rooms.find(room => room.node.id === node);
  if (!at || fitting(at, group) < 1) return undefined;
  return rooms.map(room => (room === at ? minus(room, group.each) : room));
}
