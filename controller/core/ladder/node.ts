import { groupOf } from '../../api/types/groups.js';
import type { Reason } from '../model/reason.js';
import { indexed } from '../model/swarm-index.js';
import type { TaskView } from '../model/world.js';
import { eligibleWords, isEligible } from '../nodes/eligible.js';
import type { RunView } from '../observed/run-view.js';

/** A container, as it is called, and the first worker that is like it. */
export interface Container {
  readonly who: string;
  readonly index: number;
  readonly task?: TaskView | undefined;
}

/**
 * Why the node of a container will not do. Swarm says of the containers of a node that is lost that they run, and a node's
 * labels may change.
 */
export function nodeReason({ swarm, job }: RunView, { who, index, task }: Container): Reason | undefined {
  const { placement } = groupOf(job, index);
  const node = indexed(swarm).node(task?.node ?? '');
  if (!node) {
    // It joined after the nodes were listed, so no constraint excludes it
    const open = task?.node === undefined || placement.nodes.length + placement.racks.length === 0;
    return open ? undefined : { reason: 'WrongNode', message: `${who}: its node is not known yet` };
  }
  if (!node.reachable)
    return { reason: 'NodeUnreachable', message: `${who}: its node ${node.hostname} is not reachable` };
  if (isEligible(node, placement)) return undefined;
  const message = `${who}: its node ${node.hostname} is not one that ${eligibleWords(placement)}`;
  return { reason: 'WrongNode', message };
}
