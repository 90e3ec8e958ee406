import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CREDENTIAL_FILE } from './credential.js';

/** Name of the folder in the state directory that holds the output of ended runs. */
export const OUTPUT_FOLDER = 'output';
/** Name of the file in the state directory that lists the installations that use it, one a line. */
const INSTALLATIONS_FILE = 'installations';

/** Notes that an installation uses the state directory. */
export async function noteInstallation(stateDir: string, id: string): Promise<void> {
  if ((await installationsOf(stateDir)).includes(id)) return;
  await appendFile(join(stateDir, INSTALLATIONS_FILE), `${id}\n`, { mode: 0o600 });
}

/** Ids of the installations that use the state directory; empty if there's no list. */
export async function installationsOf(stateDir: string): Promise<readonly string[]> {
  const text = await textOf(join(stateDir, INSTALLATIONS_FILE));
  return [...new Set((text ?? '').split('\n').filter(line => line !== ''))];
}

export interface StateToRemove {
  readonly stateDir: string;
  /** The expected owner; undefined if unknown. */
  readonly id: string | undefined;
  /** The user's own servers still hold znodes that only this credential opens. */
  readonly keepCredential: boolean;
}

/**
 * Removes what the state directory holds of an installation: stored output, and the credential of its own ZooKeeper.
 * @returns why it's kept, in words; undefined if everything was removed.
 */
export async function removeState({
  stateDir,
  id,
  keepCredential,
}: StateToRemove): Promise<string | undefined> {
  const ids = await installationsOf(stateDir);
  const credential = join(stateDir, CREDENTIAL_FILE);
  if (id === undefined || !ids.includes(id)) {
    if (ids.length === 0 && (await textOf(credential)) === undefined) return undefined;
    const whose =
      ids.length === 0 ? 'it does not name its installation' : `it belongs to ${ids.join(' and ')}`;
    return `${stateDir} stays: ${whose}; remove it by hand if it is no longer needed`;
  }
  const others = ids.filter(other => other !== id);
  if (others.length > 0) {
    await writeFile(join(stateDir, INSTALLATIONS_FILE), others.map(other => `${other}\n`).join(''));
    return `${stateDir} stays: it belongs to ${others.join(' and ')} too`;
  }
  await rm(join(stateDir, OUTPUT_FOLDER), { recursive: true, force: true });
  if (!keepCredential) await rm(credential, { force: true });
  await rm(join(stateDir, INSTALLATIONS_FILE), { force: true });
  return undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
