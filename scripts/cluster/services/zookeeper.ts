import { mkdir, rm, writeFile } from 'node:fs/promises';
import { command } from '../lib/command.js';
import type { ClusterNames, NodeNames } from '../lib/names.js';
import { groupPids, killGroup } from '../node/cgroup.js';
import { signalDaemon, startDaemon, stopDaemon } from '../node/daemon.js';
import { nsenterPrefix } from '../node/namespaces.js';

/** Java and a log replay: under 4 s on a quiet machine. */
const START_MS = 60_000;
const STOP_MS = 15_000;

/** ZooKeeper's jar names the others that it needs in its manifest, but for one that writes its log. */
const JARS = ['/usr/share/java/zookeeper.jar', '/usr/share/java/slf4j-simple.jar'];

export interface ZooKeeperOptions {
  /** Client port; 2181 when not given. */
  readonly port?: number;
}

/**
 * Starts a standalone ZooKeeper on the data that an earlier one left, in the node's namespace, on all of its
 * addresses, and returns `ADDRESS:PORT` once it answers.
 */
export async function startZooKeeper(
  cluster: ClusterNames,
  node: NodeNames,
  options: ZooKeeperOptions = {},
): Promise<string> {
  const port = options.port ?? 2181;
  const group = zooKeeperGroup(cluster);
  if ((await groupPids(group)).length > 0)
    throw new Error(`start ZooKeeper of ${cluster.name}: it is running already`);
  const dir = zooKeeperDir(cluster);
  await mkdir(`${dir}/data`, { recursive: true });
  await writeFile(`${dir}/zoo.cfg`, configuration(dir, port));
  const java = ['java', '-Xmx256m', '-Dzookeeper.jmx.log4j.disable=true', '-cp', JARS.join(':')];
  await startDaemon(
    {
      title: `ZooKeeper of ${cluster.name}`,
      group,
      netns: node.netns,
      log: `${dir}/zookeeper.log`,
      argv: [...java, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', `${dir}/zoo.cfg`],
    },
    async () => (await fourLetterWord(node, 'ruok', port)) === 'imok',
    START_MS,
  );
  return `${node.address}:${port}`;
}

/** Lets ZooKeeper end; its data stays. Does nothing when it is not running. */
export async function stopZooKeeper(cluster: ClusterNames): Promise<void> {
  await stopDaemon(zooKeeperGroup(cluster), 'java', STOP_MS);
}

/** Kills ZooKeeper at once; its data stays as it was written. */
export async function killZooKeeper(cluster: ClusterNames): Promise<void> {
  await killGroup(zooKeeperGroup(cluster));
}

/** Stops ZooKeeper in its tracks, connections open, or lets it go on. Throws when it is not running. */
export async function signalZooKeeper(cluster: ClusterNames, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if ((await signalDaemon(zooKeeperGroup(cluster), 'java', signal)) === 0) {
    throw new Error(`${signal} to ZooKeeper of ${cluster.name}: it is not running`);
  }
}

/** Removes what ZooKeeper wrote, so that the next start is an empty one. It must not be running. */
export async function emptyZooKeeper(cluster: ClusterNames): Promise<void> {
  if ((await groupPids(zooKeeperGroup(cluster))).length > 0) {
    throw new Error(`empty ZooKeeper of ${cluster.name}: it is running`);
  }
  await rm(`${zooKeeperDir(cluster)}/data`, { recursive: true, force: true });
}

/**
 * Sends one of ZooKeeper's four-letter words on the node's loopback and returns the answer, trimmed
 * (https://zookeeper.apache.org/doc/current/zookeeperAdmin.html#sc_zkCommands).
 */
export async function fourLetterWord(node: NodeNames, word: string, port = 2181): Promise<string> {
  const talk = `exec 3<>/dev/tcp/127.0.0.1/$0 && printf %s "$1" >&3 && cat <&3`;
  const argv = [...nsenterPrefix(node.netns), 'bash', '-c', talk, String(port), word];
  return (await command(argv, { deadlineMs: 5_000 })).stdout.trim();
}

function zooKeeperDir(cluster: ClusterNames): string {
  return `${cluster.dir}/zookeeper`;
}

function zooKeeperGroup(cluster: ClusterNames): string {
  return `${cluster.group}/zookeeper`;
}

/**
 * Sessions may be as short as a second, so that tests of expiry need not wait; writes reach the disk as
 * usual.
 */
function configuration(dir: string, port: number): string {
  return [
    `dataDir=${dir}/data`,
    `clientPort=${port}`,
    'tickTime=500',
    'minSessionTimeout=1000',
    'maxSessionTimeout=60000',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=ruok,srvr,stat,cons,dump,mntr,wchs',
    '',
  ].join('\n');
}
