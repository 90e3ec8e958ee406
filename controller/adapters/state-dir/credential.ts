import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { PortError } from '../../ports/errors.js';
import { swarmMode } from '../setup/swarm-mode.js';
import { zooKeeperPort } from '../setup/zookeeper-container.js';

/** Name of the file in the state directory that holds the credential made for the embedded ZooKeeper. */
export const CREDENTIAL_FILE = 'zookeeper-credential';

/**
 * The credential of the controller's znodes: what the settings give, else what is in the state directory.
 * @param create create it if it's missing; otherwise that's an error.
 */
export async function zooKeeperCredential(
  settings: { readonly zookeeperAuth?: string; readonly stateDir: string },
  create: boolean,
): Promise<string> {
  if (settings.zookeeperAuth !== undefined) return settings.zookeeperAuth;
  const path = join(settings.stateDir, CREDENTIAL_FILE);
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!create) {
      throw new PortError(
        'blocked',
        `${path} does not exist: no controller has run with this state directory; give --state-dir`,
      );
    }
  }
  return makeCredential(path, settings.stateDir);
}

async function makeCredential(path: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const credential = `mpiswarm:${randomBytes(24).toString('base64url')}`;
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${credential}\n`, { mode: 0o600, flush: true });
  try {
    // A hard link appears at once, and never replaces a file that another controller created in the same moment
    await link(draft, path);
    return credential;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return (await readFile(path, 'utf8')).trim();
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Where ZooKeeper is: what the settings give, else the embedded one on this machine's loopback. */
export async function zooKeeperHosts(
  settings: { readonly zookeeper?: string; readonly docker: string },
  docker: Docker,
): Promise<string> {
  if (settings.zookeeper !== undefined) return settings.zookeeper;
  // Report an unresponsive engine first
  await swarmMode(docker, settings.docker);
  const port = await zooKeeperPort(docker);
  if (port === undefined) {
    throw new PortError(
      'blocked',
      `no ZooKeeper of mpiswarm runs on the engine at ${settings.docker}; start it by mpiswarm up, or name one by --zookeeper`,
    );
  }
  return `127.0.0.1:${port}`;
}
