import type { WorkerGroup, WorkerPlacement } from '../../api/types/mpijob.js';
import type { NodeView } from '../model/world.js';
import { meets } from './constraints.js';
import { nodeLabel } from './node-labels.js';

/** Whether a node may host containers of a job: it meets all constraints, and is one of the nodes and on one of the racks. */
export function isEligible(node: NodeView, placement: WorkerPlacement): boolean {
  return meets(node, placement.constraints) && isNamed(node, placement);
}

/** `meets node.role==worker, is called n1 or n2, has rack r1`; empty where every node is suitable. */
export function eligibleWords({ constraints, nodes, racks }: WorkerPlacement): string {
  return [
    ...(constraints.length > 0 ? [`meets ${constraints.join(', ')}`] : []),
    ...(nodes.length > 0 ? [`is called ${nodes.join(' or ')}`] : []),
    ...(racks.length > 0 ? [`has rack ${racks.join(' or ')}`] : []),
  ].join(' and ');
}

/**
 * Ids of the nodes that must be ruled out, sorted. Swarm's constraints must all hold, and cannot say that a node is one of
 * several: so that the suitable ones are left, all others are named.
 */
export function ineligibleNodes(nodes: readonly NodeView[], placement: WorkerPlacement): readonly string[] {
  return nodes
    .filter(node => !isNamed(node, placement))
    .map(({ id }) => id)
    .sort();
}

/** As Swarm compares: regardless of case. */
function isNamed({ hostname, labels }: NodeView, { nodes, racks }: WorkerPlacement): boolean {
  const among = (names: readonly string[], value: string) =>
    names.length === 0 || names.some(name => name.toLowerCase() === value.toLowerCase());
  return among(nodes, hostname) && among(racks, nodeLabel(labels, 'rack') ?? '');
}

/** How the workers of a group are mapped to nodes; a single one is both on one node and on a separate one. */
export function mappingOf({
  replicas,
  placement,
}: Pick<WorkerGroup, 'replicas' | 'placement'>): WorkerPlacement['mapping'] {
  return replicas === 1 ? 'None' : placement.mapping;
}
