import type { BigIntStats, Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A user of this machine, as its own files name them; groups of other directories (LDAP) are not known. */
export interface Account {
  readonly uid: number;
  /** The name and the number, for a person. */
  readonly words: string;
  readonly groups: ReadonlySet<number>;
}

type Owned = Pick<Stats | BigIntStats, 'uid' | 'gid' | 'mode'>;

/** What is asked for, in the bits that each class of users has in a mode. */
const BITS = { read: 4, enter: 1, list: 5 } as const;
export type Access = keyof typeof BITS;

/** What root may read may be read in any case, and what this process can open it may read. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** The user with that number; undefined for one whose rights need no check. */
export async function account(uid: number): Promise<Account | undefined> {
  if (isTrusted(uid)) return undefined;
  const [users, groups] = await Promise.all([fields('/etc/passwd'), fields('/etc/group')]);
  const user = users.find(entry => entry[2] === String(uid));
  const name = user?.[0];
  const member = groups.filter(entry => name !== undefined && entry[3]?.split(',').includes(name));
  const ids = [user?.[3], ...member.map(entry => entry[2])].flatMap(id =>
    id === undefined ? [] : [Number(id)],
  );
  return { uid, words: name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`, groups: new Set(ids) };
}

/** By owner, group and mode. Access lists are not read; their mask is in the mode, so they never count as more. */
export function allows({ uid, gid, mode }: Owned, by: Account, access: Access): boolean {
  const bits = BITS[access];
  const shift = Number(uid) === by.uid ? 6 : by.groups.has(Number(gid)) ? 3 : 0;
  return ((Number(mode) >> shift) & bits) === bits;
}

/** What keeps a user from something, for a person: `/srv/x, which has mode 0700 and belongs to uid 1000`. */
export function refusal(path: string, { uid, mode }: Owned): string {
  return `${path}, which has mode ${(Number(mode) & 0o7777).toString(8).padStart(4, '0')} and belongs to uid ${uid}`;
}

/**
 * The first folder above a path that a user may not enter, in words.
 * @param path absolute, without symbolic links.
 * @param below only folders below this one count.
 */
export async function closedFolder(path: string, by: Account, below = '/'): Promise<string | undefined> {
  const way = relative(below, dirname(path)).split('/').filter(Boolean);
  let at = below;
  for (const name of ['', ...way]) {
    at = join(at, name);
    const stats = await lstat(at);
    if (!allows(stats, by, 'enter')) return refusal(at, stats);
  }
  return undefined;
}

async function fields(file: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // A container may have neither file, and then no user is in a group
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').map(line => line.split(':'));
}
