import type { Cluster } from '../../../../scripts/cluster/cluster.js';
import { containersOf } from './containers.js';

/** A node that has a worker, and neither the launcher nor the controller. */
export async function workersNode(cluster: Cluster, name: string): Promise<number> {
  const launcher = await launchersNode(cluster, name);
  const nodes = (await containersOf(cluster, name, 'workers')).map(({ node }) => node);
  const chosen = nodes.find(node => node !== launcher && node !== 0);
  if (chosen === undefined) throw new Error(`workers of ${name} are on nodes ${nodes.join(', ')}`);
  return chosen;
}

export async function launchersNode(cluster: Cluster, name: string): Promise<number> {
  const [launcher] = await containersOf(cluster, name, 'launcher');
  if (!launcher) throw new Error(`job ${name} has no running launcher`);
  return launcher.node;
}

/** Brings the node back when the job no longer needs to do without it. */
export async function withoutNode<T>(cluster: Cluster, node: number, act: () => Promise<T>): Promise<T> {
  await cluster.killNode(node);
  try {
    return await act();
  } finally {
    await cluster.startEngine(node);
    await cluster.waitForNode(node, 'ready', 0);
  }
}
