import { meets } from './constraints.js';
import type { Group } from './demand.js';
import type { Amounts, NodeView } from './world.js';

/** A node and what is free on it. */
export interface Room {
  readonly node: NodeView;
  readonly free: Amounts;
}

/**
 * The room that is left when the launcher and the workers have their places, or undefined where not all of them fit. For the
 * launcher every node is tried; then come the groups of workers, those first that the fewest nodes will do for, and of each its
 * workers, all alike, are spread as Swarm does it: to the node that has the fewest.
 */
export function place(
  rooms: readonly Room[],
  [launcher, ...workers]: readonly [launcher: Group, ...workers: Group[]],
): readonly Room[] | undefined {
  const narrowFirst = suited(rooms, launcher).sort((a, b) => a.free.nanoCpus - b.free.nanoCpus);
  const choosy = [...workers].sort(
    (a, b) =>
      suited(rooms, a).length - suited(rooms, b).length ||
      b.each.nanoCpus - a.each.nanoCpus ||
      b.each.memoryBytes - a.each.memoryBytes,
  );
  for (const { node } of narrowFirst) {
    const left = choosy.reduce(
      (now, group) => (now && capacity(now, group) >= group.count ? spread(now, group) : undefined),
      take(rooms, node.id, launcher),
    );
    if (left) return left;
  }
  return undefined;
}

/** The nodes that a group's containers may be on. */
export function suited(rooms: readonly Room[], { constraints }: Group): Room[] {
  return rooms.filter(({ node }) => meets(node, constraints));
}

/** How many containers of a group the nodes have room for. */
export function capacity(rooms: readonly Room[], group: Group): number {
  return suited(rooms, group).reduce((sum, room) => sum + fitting(room, group), 0);
}

/** How many containers of a group a node that suits it has room for; without requests any number. */
export function fitting({ free }: Room, { each, maxPerNode = Number.POSITIVE_INFINITY }: Group): number {
  const times = (have: number, want: number): number =>
    want === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(have / want));
  return Math.min(times(free.nanoCpus, each.nanoCpus), times(free.memoryBytes, each.memoryBytes), maxPerNode);
}

/** The room that is left with as many of the group's containers placed as there is room for. */
export function spread(rooms: readonly Room[], group: Group): readonly Room[] {
  const counts = new Map<string, number>();
  const countOf = ({ node }: Room) => counts.get(node.id) ?? 0;
  const all = suited(rooms, group);
  for (let placed = 0; placed < group.count; placed += 1) {
    const [next] = all
      .filter(room => fitting(room, group) > countOf(room))
      .sort((a, b) => countOf(a) - countOf(b) || (a.node.hostname < b.node.hostname ? -1 : 1));
    if (!next) break;
    counts.set(next.node.id, countOf(next) + 1);
  }
  return rooms.map(room => less(room, group.each, countOf(room)));
}

/** The room that is left on a node when so much is reserved there. */
export function less(room: Room, each: Amounts, count = 1): Room {
  const { nanoCpus, memoryBytes } = room.free;
  return {
    ...room,
    free: {
      nanoCpus: nanoCpus - each.nanoCpus * count,
      memoryBytes: memoryBytes - each.memoryBytes * count,
    },
  };
}

function take(rooms: readonly Room[], node: string, group: Group): readonly Room[] | undefined {
  const at = rooms.find(room => room.node.id === node);
  if (!at || fitting(at, group) < 1) return undefined;
  return rooms.map(room => (room === at ? less(room, group.each) : room));
}
