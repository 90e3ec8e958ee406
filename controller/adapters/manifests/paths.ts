import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestSet } from '../../api/manifest/manifests.js';
import { mergeFiles } from '../../api/manifest/merge-files.js';
import { type ParsedFile, unparsed } from '../../api/manifest/parse.js';
import { reason } from '../lib/fs-error.js';
import { withPackages } from '../packages/package-cache.js';
import { readManifestFile } from './file.js';
import { listFolder } from './listing.js';

/**
 * Reads manifests of files and folders once, under the names that were given. A file may have any extension. Never
 * throws: unreadable files are among the problems.
 */
export async function readManifestPaths(paths: readonly string[]): Promise<ManifestSet> {
  const files = await Promise.all([...new Set(paths)].map(readPath));
  return withPackages(mergeFiles(files.flat()));
}

async function readPath(path: string): Promise<readonly ParsedFile[]> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isDirectory()) return [await readManifestFile({ file: path, path, stats })];
    const { files, faults } = await listFolder(path);
    const named = files.map(listed => ({ ...listed, file: join(path, listed.file) }));
    const parsed = await Promise.all(named.map(readManifestFile));
    return [...parsed, ...faults.map(fault => unparsed(join(path, fault.file), fault.message))];
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return [unparsed(path, gone ? reason(error) : `it cannot be read: ${reason(error)}`)];
  }
}
