import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PortError } from '../../ports/errors.js';
import type { OpenManifest } from '../../ports/open-manifest.js';
import { reason } from '../lib/fs-error.js';
import { obstacle } from './write-blocker.js';

/** Reads a manifest file in order to change it. Rejects with a {@link PortError}. */
export async function openManifest(path: string): Promise<OpenManifest> {
  return attempt(`read ${path}`, async () => {
    const target = await realpath(path);
    const { text, stats } = await content(target);
    const hindrance = await obstacle(path, target);
    const check = () => unchanged(path, { target, stats });
    return {
      text,
      ...(hindrance ? { obstacle: hindrance } : {}),
      replace: next => attempt(`write ${path}`, () => replaceFile(target, { text: next, stats, check })),
      remove: () => attempt(`remove ${path}`, () => removeFile(path, check)),
    };
  });
}

async function content(target: string): Promise<{ readonly text: string; readonly stats: BigIntStats }> {
  const handle = await open(target, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new Error('it is not a regular file');
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(await handle.readFile()), stats };
  } finally {
    await handle.close();
  }
}

async function unchanged(
  path: string,
  { target, stats }: { readonly target: string; readonly stats: BigIntStats },
): Promise<void> {
  const now = await stat(path, { bigint: true });
  const same = (['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const).every(
    field => now[field] === stats[field],
  );
  if (!same || (await realpath(path)) !== target)
    throw new PortError('retry', `${path} was changed in the meantime; nothing was written, try again`);
}

/**
 * The new file gets a name that readers of manifests ignore. Of two edits at the same time, one finds that name taken
 * and does nothing, so no edit is lost. An interrupted edit leaves the name taken for a minute.
 */
async function replaceFile(
  target: string,
  {
    text,
    stats,
    check,
  }: { readonly text: string; readonly stats: BigIntStats; readonly check: () => Promise<void> },
): Promise<void> {
  const draft = join(dirname(target), `.${basename(target)}.mpiswarm`);
  await removeOld(draft);
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new PortError(
      'retry',
      `another edit of ${target} is under way (${draft}); nothing was written, try again in a minute`,
    );
  });
  try {
    try {
      await handle.writeFile(text);
      await handle.chown(Number(stats.uid), Number(stats.gid));
      await handle.chmod(Number(stats.mode & 0o7777n));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await check();
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(target);
}

/** An edit takes milliseconds: an older draft, in milliseconds, was left by an interrupted edit. */
const CUT_OFF_MS = 60_000;

async function removeOld(draft: string): Promise<void> {
  const there = await lstat(draft).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (there !== undefined && Date.now() - there.mtimeMs > CUT_OFF_MS) await rm(draft, { force: true });
}

async function removeFile(path: string, check: () => Promise<void>): Promise<void> {
  await check();
  await unlink(path);
  await syncFolder(path);
}

/** After that, a crash of the machine can't bring the old entry back. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function attempt<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof PortError) throw error;
    const why = error instanceof TypeError ? 'it is not UTF-8 text' : reason(error);
    throw new PortError('blocked', `${what}: ${why}`, { cause: error });
  }
}
