import type { Cluster } from '../../../../scripts/cluster/cluster.js';

/**
 * Swallows every packet between containers of that node and a port of node 1, in both directions, while `act` lasts; connections
 * that stand stay open. The rules are in the node's own namespace.
 */
export async function withoutPort(
  cluster: Cluster,
  node: number,
  port: number,
  act: () => Promise<void>,
): Promise<void> {
  const rules = ['--dport', '--sport'].map(side => ['-p', 'tcp', side, String(port), '-j', 'DROP']);
  const change = async (verb: '-I' | '-D'): Promise<void> => {
    for (const chain of ['FORWARD', 'OUTPUT', 'INPUT'])
      for (const rule of rules) await cluster.run(node, ['iptables', '-w', verb, chain, ...rule]);
  };
  await change('-I');
  try {
    await act();
  } finally {
    await change('-D');
  }
}

/** Sets how often nodes report to the swarm; a node is Down after three reports that did not come. */
export async function setHeartbeat(cluster: Cluster, seconds: number): Promise<void> {
  const host = `unix://${cluster.node(0).socket}`;
  await cluster.run(0, ['docker', '-H', host, 'swarm', 'update', '--dispatcher-heartbeat', `${seconds}s`]);
}

/** As a person takes a node out of service, and back into it. */
export async function setAvailability(
  cluster: Cluster,
  node: number,
  availability: 'active' | 'drain',
): Promise<void> {
  const { hostname } = cluster.node(node);
  const host = `unix://${cluster.node(0).socket}`;
  const update = ['docker', '-H', host, 'node', 'update', '--availability', availability, hostname];
  await cluster.run(0, update);
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
