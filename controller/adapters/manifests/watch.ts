import { realpath, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/**
 * Says "look again" when something below a folder changes. A mere hint: events get lost (a link swapped, inotify's queue
 * full, network file systems), so whoever listens also looks from time to time, and calls {@link FolderWatch.rearm}.
 */
export class FolderWatch {
  private watcher: FSWatcher | undefined;
  private watched: string | undefined;
  private failure: string | undefined;

  constructor(
    private readonly root: string,
    private readonly wake: () => void,
  ) {}

  /** Why changes are not noticed at once, where that is so. */
  get error(): string | undefined {
    return this.failure;
  }

  /**
   * Watches what the folder's path leads to now. A watch follows the folder and not its path: once the folder is
   * replaced, or a link to it is turned elsewhere, the old watch stays silent for ever.
   */
  async rearm(): Promise<void> {
    const target = await targetOf(this.root);
    if (target?.id === this.watched) return;
    await this.close();
    if (target === undefined) return;
    this.watched = target.id;
    const { path } = target;
    // Links are not followed: chokidar never gets ready when one leads to a folder above it.
    const watcher = watch(path, {
      ignoreInitial: true,
      followSymlinks: false,
      ignored: name => relative(path, name).split('/').at(-1)?.startsWith('.') === true && name !== path,
    });
    // What changed before the watch was complete is seen by looking once more when it is.
    watcher.on('all', this.wake).on('ready', this.wake);
    watcher.on('error', error => {
      this.failure = error instanceof Error ? error.message : String(error);
    });
    this.watcher = watcher;
  }

  /** Watches folders outside as well; those already watched are not watched twice. */
  add(folders: readonly string[]): void {
    if (folders.length > 0) this.watcher?.add([...folders]);
  }

  async close(): Promise<void> {
    const watcher = this.watcher;
    this.watcher = undefined;
    this.watched = undefined;
    this.failure = undefined;
    await watcher?.close();
  }
}

async function targetOf(root: string): Promise<{ readonly path: string; readonly id: string } | undefined> {
  try {
    const path = await realpath(root);
    const { dev, ino } = await stat(path);
    return { path, id: `${path} ${dev} ${ino}` };
  } catch {
    // Nothing to watch; reading the folder tells why.
    return undefined;
  }
}
