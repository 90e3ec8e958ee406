import { readFile, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { command } from './lib/command.js';
import { type ClusterNames, clusterNames } from './lib/names.js';
import { killGroup, removeGroup } from './node/cgroup.js';
import { listNamespaces, removeNamespace } from './node/namespaces.js';

/**
 * Removes everything of the cluster, whatever state a killed run left it in: processes, mounts, namespaces with their
 * links, control groups, files. Returns when all of it is gone. Names alone identify the cluster's things (names.ts);
 * nothing else is touched. Succeeds if nothing exists.
 */
export async function cleanCluster(name: string, baseDir?: string): Promise<void> {
  const cluster = clusterNames(name, baseDir);
  await endProcesses(cluster);
  await unmountBelow(cluster.dir);
  await removeFiles(cluster);
}

/**
 * Ends every process of the cluster and removes its namespaces and control groups; the files stay, logs among
 * them.
 */
export async function endProcesses(cluster: ClusterNames): Promise<void> {
  await killGroup(cluster.group);
  for (const netns of await listNamespaces(cluster)) await removeNamespace(netns);
  await removeGroup(cluster.group);
}

/**
 * The engines' mounts end with them; one made here by hand must not have its content removed with the files.
 */
async function unmountBelow(dir: string): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines
    .map(line => unescaped(line.split(' ')[4] ?? ''))
    .filter(point => point.startsWith(`${dir}/`));
  for (const point of points.reverse()) await command(['umount', '--lazy', point]);
}

/** Mount points are written with octal escapes for blanks (proc(5)). */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function removeFiles(cluster: ClusterNames): Promise<void> {
  await command(['rm', '-rf', '--one-file-system', '--', cluster.dir], { deadlineMs: 300_000 });
  try {
    await rmdir(dirname(cluster.dir));
  } catch {
    // Other clusters live in the same folder, or it was never made.
  }
}
