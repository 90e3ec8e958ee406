import type { Group } from './demand.js';
import type { Amounts, NodeView } from './world.js';

/** A node and what is free on it. */
export interface Room {
  readonly node: NodeView;
  readonly free: Amounts;
}

/**
 * The room that is left when the launcher and the workers have their places, or undefined where not all of them fit. For the
 * launcher every node is tried; the workers, all alike, are spread as Swarm does it: to the node that has the fewest.
 */
export function place(
  rooms: readonly Room[],
  [launcher, workers]: readonly [launcher: Group, workers: Group],
): readonly Room[] | undefined {
  const narrowFirst = [...rooms].sort((a, b) => a.free.nanoCpus - b.free.nanoCpus);
  for (const { node } of narrowFirst) {
    const left = take(rooms, node.id, launcher);
    if (left && capacity(left, workers) >= workers.count) return spread(left, workers);
  }
  return undefined;
}

/** How many containers of a group the nodes have room for. */
export function capacity(rooms: readonly Room[], group: Group): number {
  return rooms.reduce((sum, room) => sum + fitting(room, group), 0);
}

/** How many containers of a group a node has room for; without requests any number. */
export function fitting({ free }: Room, { each, maxPerNode = Number.POSITIVE_INFINITY }: Group): number {
  const times = (have: number, want: number): number =>
    want === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(have / want));
  return Math.min(times(free.nanoCpus, each.nanoCpus), times(free.memoryBytes, each.memoryBytes), maxPerNode);
}

/** The room that is left with as many of the group's containers placed as there is room for. */
export function spread(rooms: readonly Room[], group: Group): readonly Room[] {
  const counts = new Map<string, number>();
  const countOf = ({ node }: Room) => counts.get(node.id) ?? 0;
  for (let placed = 0; placed < group.count; placed += 1) {
    const [next] = rooms
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
