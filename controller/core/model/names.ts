import type { Labels } from './world.js';

/** Label keys on everything that is created. Removal goes by these, never by memory. */
export const LABEL = {
  /** Which installation made it: {@link installationId}. */
  installation: 'mpiswarm.dev/installation',
  /** On everything of a run: the ZooKeeper that knows the run, by `Installation.store`. */
  store: 'mpiswarm.dev/store',
  /** On everything of ours; the value says which kind of thing it is part of: `run`, `agent`, `network`, `package`, `zookeeper`. */
  part: 'mpiswarm.dev/part',
  job: 'mpiswarm.dev/job',
  uid: 'mpiswarm.dev/uid',
  generation: 'mpiswarm.dev/generation',
  run: 'mpiswarm.dev/run',
  role: 'mpiswarm.dev/role',
  /** On the service of a group of workers: its name. */
  group: 'mpiswarm.dev/group',
  /** On a secret that holds a private key: the public one. */
  publicKey: 'mpiswarm.dev/public-key',
  /** On a config, and on what serves a package: the digest of what is in it. */
  content: 'mpiswarm.dev/content',
  /** On the agent's image, volume and service: what is in the volume. */
  agent: 'mpiswarm.dev/agent',
  /** On a network whose subnet we chose: that, which its list does not show before Swarm has allocated it. */
  subnet: 'mpiswarm.dev/subnet',
} as const;

/** The DNS name and container name of the embedded ZooKeeper. */
export const ZOOKEEPER_NAME = 'mpiswarm-zookeeper';

/**
 * Id of a run, unique in the cluster. At most 40 + 1 + 8 + 1 + 4 characters, so that a service name made of it stays
 * below Docker's limit of 63. The names of a job and of any group of its workers have at most 40 characters together.
 */
export function runId(name: string, uid: string, number: number): string {
  return `${runPrefix(name, uid)}${number}`;
}

/** What the ids of all runs of a job begin with, and of no other job's. */
export const runPrefix = (name: string, uid: string): string => `${name}-${uid}-`;

/** The uid of the job that a run of that id belongs to. */
export const uidOf = (run: string): string => run.split('-').at(-2) ?? '';

export const launcherName = (run: string): string => `${run}-launcher`;
/** @param group name of the group of workers; empty where all are alike. */
export const workersName = (run: string, group = ''): string =>
  `${run}-workers${group === '' ? '' : `-${group}`}`;
export const agentName = (content: string): string => `mpiswarm-agent-${content}`;

/**
 * Tells an installation from others in the same swarm, and stays the same when ZooKeeper's data are lost: by which servers
 * containers reach ZooKeeper, and the root znode. As in `zk1:2181,zk2:2181/mpiswarm`.
 * @param node id of the node that the embedded ZooKeeper runs beside, whose name is the same everywhere.
 */
export function installationId(zookeeper: string, znode: string, node?: string): string {
  const servers = zookeeper.split(',').sort().join(',');
  return `${servers}${node === undefined ? '' : `@${node}`}${znode}`;
}

export interface RunIdentity {
  readonly installation: string;
  readonly store?: string;
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  readonly run: string;
}

/** Labels of one thing of a run. */
export function runLabels(identity: RunIdentity, role: string): Labels {
  return {
    [LABEL.installation]: identity.installation,
    ...(identity.store === undefined ? {} : { [LABEL.store]: identity.store }),
    [LABEL.part]: 'run',
    [LABEL.job]: identity.key,
    [LABEL.uid]: identity.uid,
    [LABEL.generation]: String(identity.generation),
    [LABEL.run]: identity.run,
    [LABEL.role]: role,
  };
}

/** @param group of workers; empty where all are alike. */
export function serviceKey(role: 'launcher' | 'workers', group: string): string {
  return role === 'launcher' || group === '' ? role : `${role}/${group}`;
}
