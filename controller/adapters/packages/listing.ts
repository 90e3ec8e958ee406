import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { MAX_BYTES, MAX_ENTRIES, tooLarge, tooMany } from '../../shared/archive/limits.js';
import { given } from '../../shared/given.js';
import { type Account, closedFolder } from '../lib/access.js';
import { closedItself, isBelow, ownerOf } from '../lib/links.js';

/** An entry of a folder; folders come before their entries. */
export interface PackageEntry {
  /** Below the package, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly stats: BigIntStats;
  /** The target of a link. */
  readonly target?: string;
}

/** A package as it was when it was listed. */
export interface PackageListing {
  /** Without symbolic links. */
  readonly path: string;
  /** What containers get: the entries of a folder, a tar archive unchanged, or one file. */
  readonly form: 'folder' | 'archive' | 'file';
  /** By name; an archive or a file is its only entry. */
  readonly entries: readonly PackageEntry[];
  /** Equal as long as nothing changed it. */
  readonly signature: string;
  /** Who must be allowed to read all of it: the manifest's owner, unless their rights need no check. */
  readonly reader?: Account;
  /** Time stamps are whole seconds: other content of the same length may have the same stamps. */
  readonly coarse: boolean;
}

/** A fault that a person must fix; the message goes after the package's name. */
export class PackageFault extends Error {
  override readonly name = 'PackageFault';
}

/**
 * Lists a package without reading its files.
 * @param root the watched folder; undefined: only the manifest's own folder.
 * @param file the manifest, below it.
 * @param path the package, as the manifest names it.
 * @throws a {@link PackageFault} if it must not be used, or the file system's error.
 */
export async function listPackage(
  root: string | undefined,
  file: string,
  path: string,
): Promise<PackageListing> {
  const beside = join(root ?? '', dirname(file));
  const [top, folder, real, reader] = await Promise.all([
    realpath(root ?? beside),
    realpath(beside),
    realpath(join(beside, path)),
    ownerOf(join(root ?? '', file)),
  ]);
  // The manifest's folder may be a link's target outside the watched folder
  if (!isBelow(top, real) && !isBelow(folder, real)) {
    throw new PackageFault(
      `it leads out of the manifest folder, to ${real}; symbolic links must stay inside`,
    );
  }
  const stats = await stat(real, { bigint: true });
  // Where the manifest is its owner could put it, whatever is above
  const closed = reader && (await closedFolder(real, reader, isBelow(top, real) ? top : folder));
  if (closed) throw new PackageFault(notFor(reader, closed));
  if (reader) mustRead(reader, { path: real, stats });
  if (stats.isDirectory()) {
    const entries = await folderEntries(real, reader);
    if (entries.length === 0) throw new PackageFault('it is an empty folder');
    return listingOf({ path: real, form: 'folder', ...given({ reader }) }, entries);
  }
  if (!stats.isFile()) throw new PackageFault('it is neither a file nor a folder');
  if (stats.size > MAX_BYTES) throw new PackageFault(tooLarge());
  const form = /\.(tar|tar\.gz|tgz)$/.test(path) ? 'archive' : 'file';
  const name = path.slice(path.lastIndexOf('/') + 1);
  return listingOf({ path: real, form, ...given({ reader }) }, [{ name, path: real, kind: 'file', stats }]);
}

/** Throws unless the manifest's owner may read a file, or list a folder. */
export function mustRead(reader: Account, { path, stats }: Pick<PackageEntry, 'path' | 'stats'>): void {
  const closed = closedItself(path, stats, reader);
  if (closed) throw new PackageFault(notFor(reader, closed));
}

function notFor({ words }: Account, closed: string): string {
  return `${words}, who owns the manifest, may not read ${closed}; give that user access, or let the owner of the package own the manifest`;
}

function listingOf(
  about: Pick<PackageListing, 'path' | 'form' | 'reader'>,
  entries: readonly PackageEntry[],
): PackageListing {
  const { path, form, reader } = about;
  const lines = entries.map(({ name, kind, stats, target = '' }) => {
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    // The size of a folder means nothing
    return [name, kind, dev, ino, kind === 'folder' ? '' : size, mtimeNs, ctimeNs, target].join(' ');
  });
  const coarse = entries.some(({ stats }) => (stats.mtimeNs | stats.ctimeNs) % 1_000_000_000n === 0n);
  const signature = [path, form, reader?.words ?? '', ...lines].join('\n');
  return { ...about, entries, signature, coarse };
}

async function folderEntries(root: string, reader: Account | undefined): Promise<readonly PackageEntry[]> {
  const entries: PackageEntry[] = [];
  let bytes = 0n;
  await listInto('', await children(root));
  return entries;

  async function listInto(below: string, found: readonly Dirent[]): Promise<void> {
    for (const { name } of found) {
      const entry = await entryOf(root, below + name);
      entries.push(entry);
      if (reader && entry.kind !== 'link') mustRead(reader, entry);
      if (entry.kind === 'file') bytes += entry.stats.size;
      if (entries.length > MAX_ENTRIES) throw new PackageFault(tooMany());
      if (bytes > MAX_BYTES) throw new PackageFault(tooLarge());
      if (entry.kind === 'folder') await listInto(`${entry.name}/`, await children(entry.path));
    }
  }
}

async function children(path: string): Promise<readonly Dirent[]> {
  const found = await readdir(path, { withFileTypes: true });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryOf(root: string, name: string): Promise<PackageEntry> {
  const path = join(root, name);
  const stats = await lstat(path, { bigint: true });
  if (stats.isDirectory()) return { name, path, kind: 'folder', stats };
  if (stats.isFile()) return { name, path, kind: 'file', stats };
  if (!stats.isSymbolicLink())
    throw new PackageFault(`${name} in it is neither a file nor a folder nor a symbolic link`);
  const target = await readlink(path);
  const leads = await realpath(path).catch(() => join(dirname(path), target));
  if (isAbsolute(target) || !isBelow(root, leads, 'or itself')) {
    throw new PackageFault(`the symbolic link ${name} in it leads out of it, to ${target}`);
  }
  return { name, path, kind: 'link', stats, target };
}
