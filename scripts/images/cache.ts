import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An image in the cache. */
export interface BuiltImage {
  /** `mpiswarm/openmpi5:0.1.0` */
  readonly ref: string;
  /** `sha256:…`, as the engine that loads the archive will show it. */
  readonly id: string;
  /** Archive for `docker load`. */
  readonly tar: string;
}

/** Longest wait for another process that builds. */
const LOCK_MS = 1_800_000;

/** `$MPISWARM_CACHE`, or else `mpiswarm` in the user's cache folder; for root `/var/cache/mpiswarm`. */
export function cacheDir(): string {
  const { MPISWARM_CACHE, XDG_CACHE_HOME } = process.env;
  if (MPISWARM_CACHE) return MPISWARM_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'mpiswarm');
  return process.getuid?.() === 0 ? '/var/cache/mpiswarm' : join(homedir(), '.cache', 'mpiswarm');
}

/** Where the archive with that name is, or belongs; `name` is like `openmpi5-<key>`. */
export const archive = (name: string): string => join(cacheDir(), 'images', `${name}.tar`);

/** The image under that name, if it is there completely. */
export async function cached(name: string): Promise<BuiltImage | undefined> {
  const tar = archive(name);
  try {
    const { ref, id } = JSON.parse(await readFile(`${tar}.json`, 'utf8')) as {
      readonly ref: string;
      readonly id: string;
    };
    return { ref, id, tar };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`read ${tar}.json: ${String(error)}; remove it to have the image built again`, {
      cause: error,
    });
  }
}

/** Puts a finished archive into the cache. The description comes last: without it the archive does not count. */
export async function keep(
  name: string,
  { ref, id }: Omit<BuiltImage, 'tar'>,
  from: string,
): Promise<BuiltImage> {
  const tar = archive(name);
  await mkdir(join(cacheDir(), 'images'), { recursive: true });
  await rename(from, tar);
  await writeFile(`${tar}.json.new`, `${JSON.stringify({ ref, id })}\n`);
  await rename(`${tar}.json.new`, `${tar}.json`);
  return { ref, id, tar };
}

/** All images in the cache, by name. */
export async function listCache(): Promise<readonly BuiltImage[]> {
  const dir = join(cacheDir(), 'images');
  await mkdir(dir, { recursive: true });
  const names = (await readdir(dir)).filter(file => file.endsWith('.tar.json')).sort();
  const found = await Promise.all(names.map(file => cached(file.slice(0, -'.tar.json'.length))));
  return found.filter(image => image !== undefined);
}

/**
 * Runs `work` while no other process does, on a fresh folder that is removed afterwards. The lock is the kernel's
 * (flock(1)): it ends with the process that holds it, so there are no stale locks. The next process removes a killed
 * process's leftovers.
 */
export async function withLock<T>(options: LockOptions, work: (dir: string) => Promise<T>): Promise<T> {
  const root = cacheDir();
  await mkdir(root, { recursive: true, mode: 0o755 });
  const release = await lock(join(root, 'lock'), options);
  const dir = join(root, 'work');
  try {
    await remove(dir);
    await mkdir(dir, { mode: 0o700 });
    return await work(dir);
  } finally {
    await remove(dir);
    await release();
  }
}

/** The engine of a process that was just killed may still be writing. */
async function remove(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

interface LockOptions {
  readonly say: (line: string) => void;
  /** Ends the wait for the lock. */
  readonly signal?: AbortSignal | undefined;
}

/** Takes the lock and returns what gives it back. */
async function lock(file: string, { say, signal }: LockOptions): Promise<() => Promise<void>> {
  // `cat` holds the lock until our end of the pipe is closed, by us or by our death.
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const notice = setTimeout(() => void sayWho(file, say), 1_000);
  try {
    const ends = [AbortSignal.timeout(LOCK_MS), ...(signal === undefined ? [] : [signal])];
    await once(holder.stdout, 'data', { signal: AbortSignal.any(ends) });
  } catch (error) {
    holder.kill('SIGKILL');
    signal?.throwIfAborted();
    throw new Error(`lock ${file}: another process held it for ${LOCK_MS / 60_000} minutes`, {
      cause: error,
    });
  } finally {
    clearTimeout(notice);
  }
  await writeFile(file, `${process.pid}\n`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}

async function sayWho(file: string, say: (line: string) => void): Promise<void> {
  const pid = (await readFile(file, 'utf8')).trim();
  say(`waiting for process ${pid === '' ? '(unknown)' : pid}, which is building images`);
}
