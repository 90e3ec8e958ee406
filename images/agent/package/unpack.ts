import { chmod, link, lstat, mkdir, open, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ArchiveEntry, type Chunks, readArchive } from '../../../controller/shared/archive/archive.js';

/**
 * Unpacks an archive into an empty folder, and never writes outside of it: not by its names, and not through the links that it
 * holds. Files belong to this user, whatever the archive says. Rejects as {@link readArchive} does.
 */
export async function unpack(archive: Chunks, folder: string): Promise<void> {
  const folders = new Set<string>(['']);
  await readArchive(archive, async (entry, content) => {
    if (entry.kind === 'folder') await ensure(entry.name);
    else await put(entry, content);
    // What has no content must be read to its end all the same
    for await (const _ of content);
  });

  /** Makes a folder and those above it; a link in their place is not followed. */
  async function ensure(name: string): Promise<void> {
    if (folders.has(name)) return;
    const above = parent(name);
    await ensure(above);
    const path = join(folder, name);
    const there = await lstat(path).catch(isMissing);
    if (there && !there.isDirectory()) throw new Error(`it holds ${name} as a folder and as something else`);
    if (!there) await mkdir(path, { mode: 0o755 });
    folders.add(name);
  }

  async function put(entry: Exclude<ArchiveEntry, { kind: 'folder' }>, content: Chunks): Promise<void> {
    const { name } = entry;
    await ensure(parent(name));
    const path = join(folder, name);
    if (folders.has(name)) throw new Error(`it holds ${name} as a folder and as something else`);
    // A later entry of the same name counts; written through, a link there would lead elsewhere
    await rm(path, { force: true });
    if (entry.kind === 'file') await write(path, entry.mode, content);
    else if (entry.kind === 'symlink') await symlink(entry.target, path);
    else await linkTo(entry.target, path);
  }

  async function linkTo(target: string, path: string): Promise<void> {
    if (!folders.has(parent(target)))
      throw new Error(`it holds a link to ${target}, which it does not hold before`);
    const from = join(folder, target);
    if (!(await lstat(from)).isFile()) throw new Error(`it holds a link to ${target}, which is not a file`);
    await link(from, path);
  }
}

async function write(path: string, mode: number, content: Chunks): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    // All of it: of what is written at once, a disk that is nearly full takes a part without an error
    for await (const chunk of content) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  // Rights to read and execute as they were, for whom they were; never those of another user (setuid)
  await chmod(path, (mode & 0o777) | 0o600);
}

function parent(name: string): string {
  const above = dirname(name);
  return above === '.' ? '' : above;
}

function isMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
