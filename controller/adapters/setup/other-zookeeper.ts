import type Docker from 'dockerode';
import { LABEL, ZOOKEEPER_NAME } from '../../core/model/names.js';
import { PortError } from '../../ports/errors.js';
import { call } from '../docker/engine.js';
import { networkView, nodeView, serviceView } from '../docker/views.js';

/**
 * Throws when another node of the swarm has an embedded ZooKeeper in use. Both would have the same name on the
 * overlay: agents would register with either, and neither controller would know all jobs.
 * @param node id of this engine's node.
 */
export async function checkOnlyZooKeeper(docker: Docker, node: string): Promise<void> {
  const ours = { filters: { label: [LABEL.installation] } };
  const seen = await call('look for another embedded ZooKeeper', () =>
    Promise.all([docker.listNodes(), docker.listServices(ours), docker.listNetworks(ours)]),
  );
  const [nodes = [], services = [], networks = []] = seen ?? [];
  const others = [...services.map(serviceView), ...networks.map(networkView)]
    .map(({ labels }) => /^([^@]+):\d+@([^/]+)\//.exec(labels[LABEL.installation] ?? ''))
    .flatMap(match => (match?.[1] === ZOOKEEPER_NAME && match[2] !== node ? [match[2]] : []));
  // A node that left the swarm doesn't count
  const other = nodes.map(nodeView).find(({ id }) => others.includes(id));
  if (!other) return;
  throw new PortError(
    'blocked',
    `the embedded ZooKeeper of this swarm runs beside node ${other.hostname}; run mpiswarm there, or give servers that all nodes reach by --zookeeper`,
  );
}
