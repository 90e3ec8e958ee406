import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { limitWords, reason } from '../lib/fs-error.js';
import { isManifest, type Listing } from './listing.js';
import { WayWatch } from './path-watch.js';
import { ArrivalLog, type Arrivals } from './rename-tracker.js';

/** A watch that the system refused is tried again this much later. */
const RETRY_MS = 60_000;

/**
 * Says "look again" when something below a folder changes, or on the way to it. A mere hint: events get lost (inotify's
 * queue full, network file systems), so whoever listens also looks from time to time. Each look calls
 * {@link FolderWatch.arm} before it lists and {@link FolderWatch.follow} with what it listed.
 */
export class FolderWatch {
  private readonly log = new ArrivalLog();
  private readonly way: WayWatch;
  private closed = false;
  private watcher: FSWatcher | undefined;
  private target: string | undefined;
  private folders: ReadonlyMap<string, string> = new Map();
  /** Folders that are watched by their own name, whatever it is. */
  private roots = new Set<string>();
  private failure: { readonly message: string; readonly at: number } | undefined;

  constructor(
    private readonly root: string,
    private readonly wake: () => void,
  ) {
    this.way = new WayWatch(root, wake);
  }

  /** Why changes are not noticed at once, where that is so. */
  get error(): string | undefined {
    return this.failure?.message ?? this.way.error;
  }

  /** How files came since the last look. */
  arrivals(): Arrivals {
    return this.log.take();
  }

  /**
   * Watches what the folder's path leads to now. A watch follows the folder and not its path: once the folder is
   * replaced, or a link to it is turned elsewhere, the old watch stays silent for ever.
   */
  async arm(): Promise<void> {
    await this.way.follow();
    const target = await targetOf(this.root);
    const retry = this.failure !== undefined && performance.now() - this.failure.at > RETRY_MS;
    if (target?.id === this.target && !retry) return;
    await this.disarm();
    if (target !== undefined && !this.closed) this.watch(target);
  }

  /**
   * Watches folders that links lead to as well, and all anew when one was put in another's place under its name.
   * @returns true when the watch is not complete yet: what changes in the meantime is seen by looking once more.
   */
  async follow({ folders, linkedFolders }: Listing): Promise<boolean> {
    const known = this.folders;
    this.folders = folders;
    const added = linkedFolders.filter(path => !this.roots.has(path));
    for (const path of added) this.roots.add(path);
    if (added.length > 0) this.watcher?.add([...added]);
    const replaced = [...folders].some(([path, id]) => known.has(path) && known.get(path) !== id);
    if (replaced) await this.disarm();
    return replaced || [...folders.keys()].some(path => !known.has(path));
  }

  /** For good, also while it is being armed. */
  async close(): Promise<void> {
    this.closed = true;
    this.way.close();
    await this.disarm();
  }

  private watch({ path, id }: Target): void {
    this.target = id;
    this.roots = new Set([path]);
    // Only folders are watched, which tells of their files too. Links are not followed: chokidar never gets ready when
    // one leads to a folder above it.
    const watcher = watch(path, {
      ignoreInitial: true,
      followSymlinks: false,
      ignored: (name, stats) =>
        !this.roots.has(name) && (basename(name).startsWith('.') || stats?.isDirectory() === false),
    });
    // The system's own events come before those that chokidar makes of them, and tell of links too
    watcher.on('raw', (event, name: string | null, details) => {
      this.log.note(event, (details as RawDetails).watchedPath, name);
      if (matters(event, name)) this.wake();
    });
    // What changed before the watch was complete is seen by looking once more when it is.
    watcher.on('addDir', this.wake).on('ready', this.wake);
    watcher.on('error', error => {
      this.failure ??= { message: limitWords(error) ?? reason(error), at: performance.now() };
      this.wake();
    });
    this.watcher = watcher;
  }

  private async disarm(): Promise<void> {
    const watcher = this.watcher;
    this.watcher = undefined;
    this.target = undefined;
    this.failure = undefined;
    await watcher?.close();
  }
}

interface RawDetails {
  readonly watchedPath: string;
}

/** Content matters of manifests, names of all but the temporary files of editors and of rsync; `..data` is no such. */
function matters(event: string, name: string | null): boolean {
  if (name === null) return true;
  return event === 'rename' ? !/^\.[^.]/.test(name) : isManifest(name);
}

interface Target {
  readonly path: string;
  readonly id: string;
}

async function targetOf(root: string): Promise<Target | undefined> {
  try {
    const path = await realpath(root);
    const { dev, ino } = await stat(path);
    return { path, id: `${path} ${dev} ${ino}` };
  } catch {
    // Nothing to watch; reading the folder tells why.
    return undefined;
  }
}
