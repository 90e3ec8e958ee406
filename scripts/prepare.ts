import { agentFiles } from '../controller/adapters/setup/agent-image/files.js';
import { ensureAgentImage } from '../controller/adapters/setup/agent-image/image.js';
import { build, DIST } from './build.js';
import { type Cluster, startCluster } from './cluster/cluster.js';
import { installPackages, missingPackages, type Part } from './cluster/packages.js';
import { SMALL_IMAGES } from './images/catalogue.js';
import { ensureImages } from './images/ensure.js';

export interface Prepared {
  readonly cluster: Cluster;
  /** Words before a command that run it where node 1's loopback is: the network that `mpiswarm up` needs. */
  readonly prefix: readonly string[];
  /** Engine of node 1. */
  readonly docker: string;
}

export type Say = (line: string) => void;

/**
 * A private swarm on this machine with the agent and these images on every node; an earlier one of that name is removed first.
 * @param names names in the catalogue of images.
 * @param parts what Debian packages are installed for, where they are missing; tests need all of them.
 */
export async function prepareCluster(
  name: string,
  nodes: number,
  say: Say,
  names: readonly string[] = SMALL_IMAGES,
  parts: readonly Part[] = ['engine', 'images', 'zookeeper', 'registry', 'sync'],
): Promise<Prepared> {
  await installPackages(missingPackages(parts), say);
  await build();
  const images = await ensureImages({ say, images: names });
  const cluster = await startCluster({ nodes, name, say });
  try {
    say(`loading ${images.length + 1} images on ${nodes === 1 ? 'the node' : `${nodes} nodes`}`);
    await cluster.loadImages(images.map(({ tar }) => tar));
    await spreadAgent(cluster);
  } catch (error) {
    await cluster.clean();
    throw error;
  }
  return { cluster, prefix: cluster.nsenterPrefix(0), docker: `unix://${cluster.node(0).socket}` };
}

async function spreadAgent(cluster: Cluster): Promise<void> {
  const agent = await agentFiles(DIST);
  await Promise.all(cluster.nodes.map((_, i) => ensureAgentImage(cluster.docker(i), agent)));
}
