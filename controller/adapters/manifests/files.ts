import { readdir, writeFile } from 'node:fs/promises';
import { PortError } from '../../ports/errors.js';
import { reason } from '../lib/fs-error.js';

/** Names of what is in a folder, in no order; undefined where there is no such folder. Rejects with a {@link PortError}. */
export async function readFolder(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PortError('blocked', `read ${path}: ${reason(error)}`, { cause: error });
  }
}

/** Makes a file that was not there; one that is there stays as it is. Rejects with a {@link PortError}. */
export async function createFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const why = there ? 'it is there already, remove it or give another name' : reason(error);
    throw new PortError('blocked', `write ${path}: ${why}`, { cause: error });
  }
}
