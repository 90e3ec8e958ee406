import { given } from '../../shared/given.js';
import type { NodeRecord, RunDirectory } from '../../shared/protocol/program-records.js';
import { jobMasterAddress } from '../../shared/protocol/protocol.js';
import type { NodeView } from '../model/world.js';
import { nodeLabel } from '../nodes/node-labels.js';

/**
 * Where a run's nodes and its job master are. Equal inputs give equal text.
 * @param zookeeper `host:port[,host:port]` by which containers reach ZooKeeper.
 * @param znode absolute path of the run's znode.
 */
export function runDirectory(nodes: readonly NodeView[], zookeeper: string, znode: string): RunDirectory {
  const sorted = [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    nodes: Object.fromEntries(sorted.map(node => [node.id, nodeRecord(node)])),
    jobMaster: jobMasterAddress(zookeeper, znode),
  };
}

function nodeRecord({ address, labels }: NodeView): NodeRecord {
  const rack = nodeLabel(labels, 'rack');
  const dataCenter = nodeLabel(labels, 'datacenter');
  return {
    // Docker's word for a manager's address it doesn't know (moby #35437)
    ...(address === '' || address === '0.0.0.0' ? {} : { address }),
    ...given({ rack, dataCenter }),
  };
}
