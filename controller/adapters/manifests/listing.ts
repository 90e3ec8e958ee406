import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from '../lib/access.js';
import { reason } from '../lib/fs-error.js';
import { closedItself, followLink, isBelow, linkProblem } from '../lib/links.js';

/** A manifest file, as it was when the folder was listed. */
export interface ListedFile {
  /** Path below the folder, with `/`. */
  readonly file: string;
  readonly path: string;
  readonly stats: BigIntStats;
  /** Who must be allowed to read it; absent where a person named the file, and any will do. */
  readonly readers?: readonly Account[];
}

/** An entry below the folder that couldn't be read. */
export interface ListingFault {
  /** Path below the folder; ends in `/` if it covers everything below it. */
  readonly file: string;
  readonly message: string;
}

export interface Listing {
  readonly files: readonly ListedFile[];
  readonly faults: readonly ListingFault[];
  /** Folders that symbolic links lead to. */
  readonly linkedFolders: readonly string[];
  /** Device and inode of each listed folder: another folder may take its place under the same name. */
  readonly folders: ReadonlyMap<string, string>;
  /** The file system that the folder is on. */
  readonly device: string;
  /** File systems of the folders below it, by relative path, which ends in `/`. */
  readonly devices: ReadonlyMap<string, string>;
}

/**
 * So many entries are listed, whatever they are. A link to the root of a machine would otherwise be followed through all of it, at each
 * listing.
 */
export const MAX_ENTRIES = 50_000;

interface Entry {
  readonly file: string;
  readonly path: string;
  /** Who made the links that led out of the folder to it: none of them gets to see more than they may read. */
  readonly readers: readonly Account[];
}

/**
 * All manifests below a folder: `.yaml`, `.yml` and `.json`. Names that start with a dot are left out; editors'
 * temporary files have other endings. Links are followed last, and nothing is listed twice, so a link to a folder
 * above it ends there. A link that leaves the folder is followed on the word of its owner, who must be allowed to read what is
 * there. What is beyond the limit is a fault of the entry of the folder that it is below; since links come last, one that
 * leads to very many files keeps nothing else from being listed. Rejects when the folder itself cannot be listed.
 */
export async function listFolder(root: string, maxEntries = MAX_ENTRIES): Promise<Listing> {
  const files: ListedFile[] = [];
  const faults: ListingFault[] = [];
  const linkedFolders: string[] = [];
  const folders = new Map<string, string>();
  const devices = new Map<string, string>();
  const links: Entry[] = [];
  const seen = new Set<string>();
  const unlisted = new Set<string>();
  let left = maxEntries;

  const path = await realpath(root);
  const { dev } = await stat(path);
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.length > maxEntries) throw new Error(tooMany(maxEntries));
  await listInto({ file: '', path, readers: [] }, entries);
  for (let link = links.shift(); link !== undefined; link = links.shift()) await follow(link);
  for (const file of unlisted)
    faults.push({ file, message: `not all of it is listed: ${tooMany(maxEntries)}` });
  return { files, faults, linkedFolders, folders, device: String(dev), devices };

  async function listInto(folder: Entry, entries: readonly Dirent[]): Promise<void> {
    if (seen.has(folder.path)) return;
    seen.add(folder.path);
    left -= entries.length;
    if (left < 0) return void unlisted.add(outermost(folder.file));
    const { dev, ino } = await stat(folder.path, { bigint: true });
    folders.set(folder.path, `${dev} ${ino}`);
    if (folder.file !== '') devices.set(folder.file, String(dev));
    const visible = entries.filter(entry => !entry.name.startsWith('.')).sort(byName);
    const below = (entry: Dirent): Entry => ({
      file: folder.file + entry.name,
      path: join(folder.path, entry.name),
      readers: folder.readers,
    });
    links.push(...visible.filter(entry => entry.isSymbolicLink()).map(below));
    await Promise.all(
      visible.filter(entry => entry.isFile() && isManifest(entry.name)).map(one => addFile(below(one))),
    );
    for (const child of visible.filter(entry => entry.isDirectory())) await listFolderAt(below(child));
  }

  async function listFolderAt({ file, path, readers }: Entry): Promise<void> {
    if (left <= 0) return void unlisted.add(outermost(`${file}/`));
    try {
      const closed = await closedTo(path, readers);
      if (closed) return void faults.push({ file: `${file}/`, message: `the folder is not read: ${closed}` });
      await listInto({ file: `${file}/`, path, readers }, await readdir(path, { withFileTypes: true }));
    } catch (error) {
      if (!isGone(error))
        faults.push({ file: `${file}/`, message: `the folder cannot be read: ${reason(error)}` });
    }
  }

  async function addFile({ file, path, readers }: Entry): Promise<void> {
    if (seen.has(path)) return;
    seen.add(path);
    try {
      const closed = await closedTo(path, readers);
      if (closed) return void faults.push({ file, message: `the file is not read: ${closed}` });
      files.push({ file, path, stats: await stat(path, { bigint: true }), readers });
    } catch (error) {
      if (!isGone(error)) faults.push({ file, message: `the file cannot be read: ${reason(error)}` });
    }
  }

  async function follow({ file, path: link, readers: outer }: Entry): Promise<void> {
    // A link's target may have held jobs; a link that cannot be followed doesn't prove that they were removed.
    const fault = (message: string) =>
      void faults.push({ file: isManifest(file) ? file : `${file}/`, message });
    try {
      const target = await followLink(dirname(link), basename(link));
      const { stats } = target;
      const inside = isBelow(path, target.path, 'or itself');
      const readers = inside ? [] : [...outer, ...target.by];
      const problem = inside ? undefined : await linkProblem(target, readers);
      if (problem) return fault(problem);
      const found = { file, path: target.path, readers };
      if (stats.isFile() && isManifest(file)) return await addFile(found);
      if (!stats.isDirectory() || seen.has(target.path)) return;
      await listFolderAt(found);
      // It isn't watched either where it leads to too much
      if (!unlisted.has(outermost(`${file}/`))) linkedFolders.push(target.path);
    } catch (error) {
      fault(`the symbolic link cannot be followed: ${reason(error)}`);
    }
  }
}

/** Why one of the readers may not see what is at a path; the folders above it were entered on their word already. */
async function closedTo(path: string, readers: readonly Account[]): Promise<string | undefined> {
  if (readers.length === 0) return undefined;
  const stats = await lstat(path, { bigint: true });
  for (const reader of readers) {
    const closed = closedItself(path, stats, reader);
    if (closed) return `${reader.words}, who made the symbolic link to it, may not read ${closed}`;
  }
  return undefined;
}

function tooMany(most: number): string {
  return `there are more than ${most} files and folders; move what is no manifest out of the manifest folder, and remove links that lead elsewhere`;
}

/** The entry of the watched folder that a folder is below. */
function outermost(folder: string): string {
  return folder.slice(0, folder.indexOf('/') + 1);
}

/** Equal as long as nothing changed the file, whatever its content. */
export function signatureOf({ path, stats }: ListedFile): string {
  return [path, stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

export function isManifest(name: string): boolean {
  return /\.(yaml|yml|json)$/.test(name);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Removed after it was listed: counts as not listed. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
