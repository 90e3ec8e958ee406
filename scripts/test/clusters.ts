import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { cleanCluster } from '../cluster/clean.js';
import { clusterNames } from '../cluster/lib/names.js';

/**
 * Names of the clusters that tests run on, one a lane. Only letters before the digit, so that a name never begins
 * like that of another run.
 */
export function laneNames(cluster: string, lanes: number): readonly string[] {
  return lanes === 1 ? [cluster] : Array.from({ length: lanes }, (_, i) => `${cluster}${i + 1}`);
}

/**
 * Removes the clusters of the lanes, and those that a killed test of this run has left (test/support/own-cluster.ts).
 */
export async function cleanClusters(cluster: string): Promise<void> {
  const folder = dirname(clusterNames(cluster).dir);
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const ours = there.filter(name => name === cluster || new RegExp(`^${cluster}[0-9]`).test(name));
  for (const name of ours) await cleanCluster(name);
}
