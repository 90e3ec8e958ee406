import { readFile } from 'node:fs/promises';
import { command } from '../lib/command.js';
import type { ClusterNames, NodeNames } from '../lib/names.js';
import { until } from '../lib/until.js';
import { sendSignal } from './cgroup.js';

/**
 * The words to put before a command so that it runs in the namespace. `ip netns exec` would also hide the
 * control groups.
 */
export function nsenterPrefix(netns: string): readonly string[] {
  return ['nsenter', `--net=/run/netns/${netns}`, '--'];
}

/**
 * Makes a network of nodes: a bridge in the hub's namespace, and for each node a namespace with `lo` and an
 * `eth0` that leads to the bridge. The veth pairs are made inside the namespaces: no link of ours is ever
 * seen outside of them.
 */
export async function makeNetwork(cluster: ClusterNames, nodes: readonly NodeNames[]): Promise<void> {
  await addNamespace(cluster.hub);
  await command(['ip', '-n', cluster.hub, 'link', 'add', 'br0', 'type', 'bridge']);
  await command(['ip', '-n', cluster.hub, 'link', 'set', 'br0', 'up']);
  for (const node of nodes) {
    await addNamespace(node.netns);
    const peer = ['peer', 'name', node.name, 'netns', cluster.hub];
    await command(['ip', '-n', node.netns, 'link', 'add', 'eth0', 'type', 'veth', ...peer]);
    await command(['ip', '-n', cluster.hub, 'link', 'set', node.name, 'master', 'br0', 'up']);
    await command(['ip', '-n', node.netns, 'addr', 'add', `${node.address}/24`, 'dev', 'eth0']);
    await command(['ip', '-n', node.netns, 'link', 'set', 'eth0', 'up']);
  }
}

/**
 * Unplugs or plugs the node's cable: the hub's end goes down, so the node keeps its address and loses its
 * carrier.
 */
export async function setLink(cluster: ClusterNames, node: NodeNames, state: 'up' | 'down'): Promise<void> {
  await command(['ip', '-n', cluster.hub, 'link', 'set', node.name, state]);
}

/** Names of the cluster's existing namespaces, whichever process left them. */
export async function listNamespaces(cluster: ClusterNames): Promise<readonly string[]> {
  const { stdout } = await command(['ip', 'netns', 'list']);
  const names = stdout.split('\n').map(line => line.split(' ')[0] ?? '');
  return names.filter(name => new RegExp(`^mpiswarm-${cluster.name}-(hub|n[0-9]+)$`).test(name));
}

/**
 * Kills what runs in the namespace, but for this process and those it was started by, and removes the
 * namespace.
 */
export async function removeNamespace(netns: string): Promise<void> {
  const spared = await ancestors(process.pid);
  await until(
    `end of the processes in namespace ${netns}`,
    async () => {
      const { stdout } = await command(['ip', 'netns', 'pids', netns]);
      const pids = stdout.split('\n').filter(Boolean).map(Number);
      const ours = pids.filter(pid => !spared.includes(pid));
      for (const pid of ours) sendSignal(pid, 'SIGKILL');
      return ours.length === 0 ? true : undefined;
    },
    { deadlineMs: 10_000, everyMs: 20 },
  );
  await command(['ip', 'netns', 'delete', netns]);
}

async function addNamespace(netns: string): Promise<void> {
  await command(['ip', 'netns', 'add', netns]);
  await command(['ip', '-n', netns, 'link', 'set', 'lo', 'up']);
}

/** The process and those above it; their namespace may be one of ours, when a shell was opened in it. */
async function ancestors(pid: number): Promise<readonly number[]> {
  if (pid <= 1) return [];
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The command's name is in brackets and may hold anything; the parent is the second field after it
  // (proc(5)).
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return [pid, ...(await ancestors(parent))];
}
