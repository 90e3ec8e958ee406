import { agentFiles } from '../../controller/adapters/setup/agent-image/files.js';
import { ensureAgentImage } from '../../controller/adapters/setup/agent-image/image.js';
import { cleanCluster } from '../cluster/clean.js';
import { type Cluster, startCluster } from '../cluster/cluster.js';
import { installPackages, missingPackages, type Part } from '../cluster/packages.js';
import type { BuiltImage } from '../images/cache.js';
import { SMALL_IMAGES } from '../images/catalogue.js';
import { ensureImages } from '../images/ensure.js';
import { build, DIST } from '../lib/build.js';

export interface Prepared {
  readonly cluster: Cluster;
  /** Words before a command that run it where node 1's loopback is: the network that `mpiswarm up` needs. */
  readonly prefix: readonly string[];
  /** Engine of node 1. */
  readonly docker: string;
}

export type Say = (line: string) => void;

/** What tests of the cluster need. */
export const TEST_PARTS: readonly Part[] = ['engine', 'builder', 'zookeeper', 'registry', 'sync'];

export interface PrepareOptions {
  /** What Debian packages are installed for, where they are missing; what tests need when not given. */
  readonly parts?: readonly Part[];
  /** Installs them; by apt-get and without a question when not given. */
  readonly install?: (packages: readonly string[]) => Promise<void>;
  /** Ends it; nothing of the cluster is left then. */
  readonly signal?: AbortSignal;
}

/**
 * A private swarm on this machine with the agent and these images on every node; an earlier one of that name is
 * removed first.
 * @param names names in the catalogue of images.
 */
export async function prepareCluster(
  name: string,
  nodes: number,
  say: Say,
  names: readonly string[] = SMALL_IMAGES,
  options: PrepareOptions = {},
): Promise<Prepared> {
  const install = options.install ?? (packages => installPackages(packages, say));
  await install(missingPackages(options.parts ?? TEST_PARTS));
  await build();
  const images = await ensureImages({ ...options, say, images: names, install });
  return startPrepared(name, nodes, say, images, options.signal);
}

/** The same, where the packages, the built product and the images are there. */
export async function startPrepared(
  name: string,
  nodes: number,
  say: Say,
  images: readonly BuiltImage[],
  signal?: AbortSignal,
): Promise<Prepared> {
  try {
    const cluster = await startCluster({ nodes, name, say });
    signal?.throwIfAborted();
    await fill(cluster, images, say).catch(async (error: unknown) => {
      await cluster.clean();
      throw error;
    });
    signal?.throwIfAborted();
    return { cluster, prefix: cluster.nsenterPrefix(0), docker: `unix://${cluster.node(0).socket}` };
  } catch (error) {
    // What fails by itself leaves the engines' logs.
    if (signal?.aborted) await cleanCluster(name);
    signal?.throwIfAborted();
    throw error;
  }
}

async function fill(cluster: Cluster, images: readonly BuiltImage[], say: Say): Promise<void> {
  const { length } = cluster.nodes;
  say(`loading ${images.length + 1} images on ${length === 1 ? 'the node' : `${length} nodes`}`);
  await cluster.loadImages(images.map(({ tar }) => tar));
  await spreadAgent(cluster);
}

async function spreadAgent(cluster: Cluster): Promise<void> {
  const agent = await agentFiles(DIST);
  await Promise.all(cluster.nodes.map((_, i) => ensureAgentImage(cluster.docker(i), agent)));
}
