import { spawnSync } from 'node:child_process';
import { prepareCluster } from './prepare/cluster.js';

export interface Inside {
  /** Name of the private cluster. */
  readonly cluster: string;
  readonly nodes: number;
  readonly script: string;
  readonly args: readonly string[];
}

/**
 * Runs a script of ours in the network of node 1 of a private cluster, with what tests of the cluster find in their
 * environment, and removes the cluster. Returns the script's exit code.
 */
export async function runInside({ cluster: name, nodes, script, args }: Inside): Promise<number> {
  const { cluster, prefix, docker } = await prepareCluster(name, nodes, line => console.log(line));
  try {
    const [file = '', ...rest] = [...prefix, process.execPath, '--import', 'tsx', script, ...args];
    const env = { ...process.env, MPISWARM_TEST_DOCKER: docker, MPISWARM_TEST_CLUSTER: cluster.name };
    return spawnSync(file, rest, { stdio: 'inherit', env }).status ?? 1;
  } finally {
    await cluster.clean();
  }
}
