import { readFile } from 'node:fs/promises';
import type { Cluster } from '../../../../scripts/cluster/cluster.js';
import { removeVolumes } from './volumes.js';

/** Volume, on every node, into which the program itself writes each of its starts. */
const VOLUME = 'mpiswarm-test-ledger';
const FOLDER = '/ledger';

/** What a job needs to keep a ledger: a mount of its workers and a command. */
export function keepsLedger(
  name: string,
  seconds: number,
  exitCode = 0,
): { readonly volume: object; readonly command: readonly string[] } {
  return {
    volume: { name: VOLUME, mountPath: FOLDER },
    command: ['ledger', `${FOLDER}/${name}`, String(seconds), String(exitCode)],
  };
}

/** How often the job's program was started, on whatever node, in its own words: one line each. */
export async function startsOf(cluster: Cluster, name: string): Promise<number> {
  const texts = await Promise.all(
    cluster.nodes.map(async ({ dir }) => {
      try {
        return await readFile(`${dir}/data/volumes/${VOLUME}/_data/${name}`, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
        throw error;
      }
    }),
  );
  return texts.join('').split('\n').filter(Boolean).length;
}

export async function removeLedgers(cluster: Cluster): Promise<void> {
  await removeVolumes(cluster, VOLUME);
}
