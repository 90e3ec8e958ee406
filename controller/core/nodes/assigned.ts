import { groupOf } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import { serviceKey } from '../model/names.js';
import type { ChosenNodes } from '../model/record.js';
import type { NodeChoice } from '../model/specs.js';
import type { NodeView } from '../model/world.js';
import { ineligibleNodes, mappingOf } from './eligible.js';

/**
 * What the manifest and what was chosen for the run mean for one of its services.
 * @param first index of the first worker of the service; of the launcher's, 0.
 */
export function nodeChoice(
  job: MPIJob,
  { role, first }: { readonly role: 'launcher' | 'workers'; readonly first: number },
  { nodes, chosen = {} }: { readonly nodes: readonly NodeView[]; readonly chosen?: ChosenNodes | undefined },
): NodeChoice {
  const group = groupOf(job, first);
  const node = chosen[serviceKey(role, group.name)];
  if (node !== undefined) return { node };
  const { launcher } = chosen;
  const besideWorker0 =
    launcher !== undefined && group.first === 0 && mappingOf(group) === 'AllSeparateNodes';
  const apart = besideWorker0 ? [launcher] : [];
  const notNodes = [...new Set([...ineligibleNodes(nodes, group.placement), ...apart])].sort();
  return notNodes.length === 0 ? {} : { notNodes };
}

/** In Swarm's words. */
export function choiceConstraints({ node, notNodes = [] }: NodeChoice): readonly string[] {
  return [...(node === undefined ? [] : [`node.id==${node}`]), ...notNodes.map(id => `node.id!=${id}`)];
}

/**
 * Whether a service has another choice of nodes than it should have by now: a node has joined, its labels have changed, or
 * another one was chosen. Nodes that have left the swarm make no difference.
 * @param constraints of the service, as Swarm has them.
 * @param own the manifest's.
 */
export function isOtherChoice(
  constraints: readonly string[],
  wanted: NodeChoice,
  { own, nodes }: { readonly own: readonly string[]; readonly nodes: readonly NodeView[] },
): boolean {
  const ids = nodes.map(({ id }) => id);
  const found = constraints.filter(
    constraint =>
      !own.includes(constraint) &&
      (constraint.startsWith('node.id==') || ids.some(id => constraint === `node.id!=${id}`)),
  );
  // What the manifest rules out by itself is there once, and is its own
  const expected = choiceConstraints(wanted).filter(constraint => !own.includes(constraint));
  return found.length !== expected.length || !expected.every(constraint => found.includes(constraint));
}

/** Whether a node that was chosen cannot take containers any more. */
export function isStranded(chosen: ChosenNodes | undefined, nodes: readonly NodeView[]): boolean {
  return Object.values(chosen ?? {}).some(id => !nodes.some(node => node.id === id && node.usable));
}
