import type Docker from 'dockerode';
import { OPENMPI5 } from './manifest.js';
import { removeUnused } from './remove.js';

/** A volume on the engine's node: the program `ledger` writes each of its starts into a file in it. */
export const LEDGER = 'mpiswarm-test-ledger';

export async function makeLedger(docker: Docker): Promise<void> {
  await docker.createVolume({ Name: LEDGER, Labels: { 'mpiswarm.dev/test': 'ledger' } });
}

export async function removeLedger(docker: Docker): Promise<void> {
  await removeUnused(docker.getVolume(LEDGER));
}

/** Parts of a manifest of a job whose every start is counted; all of it runs on the engine's node. */
export function counted(name: string, hostname: string, seconds: number) {
  return {
    workers: {
      replicas: 2,
      placement: { constraints: [`node.hostname==${hostname}`] },
      volumes: [{ name: LEDGER, mountPath: '/ledger' }],
    },
    command: ['ledger', `/ledger/${name}`, String(seconds), '0'],
  };
}

/** How often the program of a counted job was started, by its own count. */
export async function startsOf(docker: Docker, name: string): Promise<number> {
  const container = await docker.createContainer({
    Image: OPENMPI5,
    Cmd: ['cat', `/ledger/${name}`],
    HostConfig: { Binds: [`${LEDGER}:/ledger:ro`], NetworkMode: 'none' },
  });
  try {
    await container.start();
    await container.wait();
    const logs = await container.logs({ stdout: true, stderr: true, follow: false });
    return logs
      .toString()
      .split('\n')
      .filter(line => line.trim() !== '').length;
  } finally {
    await container.remove({ force: true });
  }
}
