import { readdir, writeFile } from 'node:fs/promises';
import { PortError } from '../../ports/errors.js';
import { reason } from '../lib/fs-error.js';

/** Names in a folder, in no order; undefined if there's no such folder. Rejects with a {@link PortError}. */
export async function readFolder(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PortError('blocked', `read ${path}: ${reason(error)}`, { cause: error });
  }
}

/** Creates a file, and never overwrites one. Rejects with a {@link PortError}. */
export async function createFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const why = there ? 'it is there already, remove it or give another name' : reason(error);
    throw new PortError('blocked', `write ${path}: ${why}`, { cause: error });
  }
}
