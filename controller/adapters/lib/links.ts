import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { type Account, account, allows, closedFolder, refusal } from './access.js';

/** Where a symbolic link leads, and on whose word. */
export interface Target {
  /** Without symbolic links. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** Who made the links on the way there, but for those whose rights need no check. */
  readonly by: readonly Account[];
}

/** A fault of a link that a person must mend. */
export class LinkFault extends Error {
  override readonly name = 'LinkFault';
}

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/**
 * Follows a symbolic link as the kernel does, and notes the owners of all links on the way.
 * @param folder of the link, without symbolic links.
 */
export async function followLink(folder: string, name: string): Promise<Target> {
  const owners = new Set<number>();
  let at = folder;
  let way: readonly string[] = [name];
  for (let links = 0; way.length > 0; ) {
    const [next = '', ...rest] = way;
    const path = join(at, next);
    const stats = await lstat(path);
    if (!stats.isSymbolicLink()) {
      [at, way] = [path, rest];
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw new LinkFault('its symbolic links go in a circle');
    owners.add(stats.uid);
    const target = await readlink(path);
    if (isAbsolute(target)) at = '/';
    way = [...target.split('/').filter(part => part !== '' && part !== '.'), ...rest];
  }
  const by = (await Promise.all([...owners].map(account))).flatMap(found => found ?? []);
  return { path: at, stats: await stat(at, { bigint: true }), by };
}

/** Why a link that leaves the watched folder must not be followed; undefined where it may. */
export async function linkProblem(target: Target, readers: readonly Account[]): Promise<string | undefined> {
  const { path, stats, by } = target;
  const out = `the symbolic link leads out of the manifest folder, to ${path}`;
  const stranger = by.find(({ uid }) => stats.uid !== 0n && Number(stats.uid) !== uid);
  if (stranger)
    return `${out}, which belongs to uid ${stats.uid} and not to ${stranger.words}, who made the link: let root or that user make it`;
  const closed = await unreadable(path, stats, readers);
  return closed && `${out}; ${closed}: give that user access, or put the manifests into the manifest folder`;
}

/** Who of the readers may not read a file, or list a folder, and what is in the way. */
export async function unreadable(
  path: string,
  stats: BigIntStats,
  readers: readonly Account[],
): Promise<string | undefined> {
  for (const reader of readers) {
    const closed = (await closedFolder(path, reader)) ?? closedItself(path, stats, reader);
    if (closed) return `${reader.words} may not read ${closed}`;
  }
  return undefined;
}

/** The same without the folders above it. */
export function closedItself(path: string, stats: BigIntStats, reader: Account): string | undefined {
  return allows(stats, reader, stats.isDirectory() ? 'list' : 'read') ? undefined : refusal(path, stats);
}

/**
 * Opens the file that is at a path without symbolic links, and no other: what has been put in its place, or in that of a folder
 * above it, fails.
 */
export async function openExactly(path: string): Promise<FileHandle> {
  // Not blocking, as the file may have become a pipe since it was listed
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const opened = await readlink(`/proc/self/fd/${file.fd}`);
    if (opened !== path) throw new LinkFault('it changed while it was read');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function isBelow(folder: string, path: string, self?: 'or itself'): boolean {
  const way = relative(folder, path);
  if (way === '') return self !== undefined;
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

/** The owner of the file at a path, whatever links lead there; undefined where their rights need no check. */
export async function ownerOf(path: string): Promise<Account | undefined> {
  return account((await stat(path)).uid);
}
