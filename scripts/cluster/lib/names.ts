/**
 * Where a cluster keeps what is its own. Everything it makes on the machine is found again by these names
 * alone.
 */
export interface ClusterNames {
  readonly name: string;
  /** Holds everything on disk: engines' data, sockets, logs, `cluster.json`. */
  readonly dir: string;
  /** Network namespace of the bridge between the nodes. */
  readonly hub: string;
  /** CIDR of the nodes' own network. */
  readonly subnet: string;
  /** Control group of every process of the cluster, relative to the hierarchy's root. */
  readonly group: string;
}

/** The same of one node. */
export interface NodeNames {
  /** `n1`, `n2`, …: folder below the cluster's, and its end of the veth pair in the hub. */
  readonly name: string;
  /** `CLUSTER-n1`: host name of the engine, and so its name in the swarm. */
  readonly hostname: string;
  /** IPv4 address on the nodes' network. */
  readonly address: string;
  /** Path of the engine's socket; reachable from every namespace. */
  readonly socket: string;
  /** Name of the node's network namespace, as in `ip netns`. */
  readonly netns: string;
  readonly dir: string;
  readonly group: string;
}

export const MAX_NODES = 5;
/** Longest path a unix socket may have on Linux (unix(7)), without its final zero. */
const MAX_SOCKET_PATH = 107;

/**
 * Names of the cluster `name`, below `baseDir`. Throws for a name that is not 1 to 16 lower-case letters and
 * digits starting with a letter, and for a folder whose path is too long for a socket or lies where the
 * engines have a file system of their own.
 */
export function clusterNames(name: string, baseDir = baseDirectory()): ClusterNames {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(name)) {
    throw new Error(`cluster name must match [a-z][a-z0-9]{0,15}, got "${name}"`);
  }
  const dir = `${baseDir}/${name}`;
  if (`${dir}/n1/docker.sock`.length > MAX_SOCKET_PATH) {
    throw new Error(`cluster folder must be short enough for a socket path, got "${baseDir}"`);
  }
  if (!/^\/(?!(etc|run|sys|proc|dev|var\/run)(\/|$))./.test(dir)) {
    throw new Error(
      `cluster folder must be absolute and outside /etc, /run, /sys, /proc and /dev, got "${baseDir}"`,
    );
  }
  const prefix = `mpiswarm-${name}`;
  return { name, dir, hub: `${prefix}-hub`, subnet: `${network(name)}.0/24`, group: prefix };
}

/** Names of node `index`, counted from 0. */
export function nodeNames(cluster: ClusterNames, index: number): NodeNames {
  const name = `n${index + 1}`;
  return {
    name,
    hostname: `${cluster.name}-${name}`,
    address: `${network(cluster.name)}.${index + 11}`,
    socket: `${cluster.dir}/${name}/docker.sock`,
    netns: `mpiswarm-${cluster.name}-${name}`,
    dir: `${cluster.dir}/${name}`,
    group: `${cluster.group}/${name}`,
  };
}

/**
 * `$MPISWARM_CLUSTER_DIR`, or a folder that survives a reboot, so that images need not be loaded from memory.
 */
function baseDirectory(): string {
  return process.env['MPISWARM_CLUSTER_DIR'] ?? '/var/tmp/mpiswarm-cluster';
}

/**
 * First three bytes of the nodes' network. No link leads out of a cluster's namespaces, so two clusters on
 * one network would do no harm; different ones make an address in a log tell which cluster it was.
 */
function network(name: string): string {
  const sum = [...name].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 128, 0);
  return `192.168.${64 + sum}`;
}
