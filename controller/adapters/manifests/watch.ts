import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { limitWords, reason } from '../lib/fs-error.js';
import { isManifest, type Listing } from './listing.js';
import { WayWatch } from './path-watch.js';
import { ArrivalLog, type Arrivals } from './rename-tracker.js';

/** Delay before a refused watch is tried again. */
const RETRY_MS = 60_000;

/**
 * Wakes the reader when something below a folder changes, or on the path to it. Only a hint: events get lost
 * (inotify's queue full, network file systems), so the reader also polls. Each read calls {@link FolderWatch.arm}
 * before it lists and {@link FolderWatch.follow} with the listing.
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

  /** Why changes aren't noticed at once, if so. */
  get error(): string | undefined {
    return this.failure?.message ?? this.way.error;
  }

  /** How files got their content since the last read. */
  arrivals(): Arrivals {
    return this.log.take();
  }

  /**
   * Watches the folder that the path leads to now. A watch follows the folder, not its path: once the folder is
   * replaced, or a link leads elsewhere, the old watch stays silent forever.
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
   * Also watches the targets of links, and starts over when a folder was replaced under its name.
   * @returns true when the watch isn't complete yet: read once more to see changes in the meantime.
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
    // A watch on a folder covers its files. Don't follow links: chokidar never gets ready if one leads to a parent
    // folder.
    const watcher = watch(path, {
      ignoreInitial: true,
      followSymlinks: false,
      ignored: (name, stats) =>
        !this.roots.has(name) && (basename(name).startsWith('.') || stats?.isDirectory() === false),
    });
    // The system's own events come before chokidar's, and include links
    watcher.on('raw', (event, name: string | null, details) => {
      this.log.note(event, (details as RawDetails).watchedPath, name);
      if (matters(event, name)) this.wake();
    });
    // Read once more when the watch is complete, to see earlier changes.
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

/**
 * Content matters for manifests; names matter for all but temporary files of editors and rsync. `..data` is not
 * temporary.
 */
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
    // Nothing to watch; reading the folder reports why.
    return undefined;
  }
}
