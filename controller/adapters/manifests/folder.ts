import type { ManifestSet } from '../../api/manifests.js';
import { settle } from '../../api/settle.js';
import type { Manifests, Wake } from '../../ports.js';
import { listFolder } from './listing.js';
import { FileMemory } from './memory.js';
import { reason } from './reason.js';
import { FolderWatch } from './watch.js';

/** A local disk answers in milliseconds; a network file system that has gone may never do. */
const DEADLINE_MS = 30_000;
/** A change that no event tells of is seen this much later at the most. */
const FRESH_MS = 1_000;

export interface FolderOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly deadlineMs?: number;
}

/** Manifests in a folder and all folders below it. `root` may be a symbolic link. */
export class ManifestFolder implements Manifests {
  private readonly memory: FileMemory;
  private readonly watch: FolderWatch;
  private readonly wakes = new Set<Wake>();
  private reading: Promise<ManifestSet> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Hints so far that something changed. */
  private changes = 0;
  /** What the last look found, while nothing hints at a change. */
  private fresh: { readonly set: ManifestSet; readonly until: number } | undefined;

  constructor(
    private readonly root: string,
    private readonly options: FolderOptions = {},
  ) {
    this.memory = new FileMemory(options.now ?? Date.now);
    this.watch = new FolderWatch(root, () => this.wake());
  }

  /**
   * The folder as it is now. Only what changed since the last call is read again. Calls at the same time share one look;
   * one that has not ended in time says so, and goes on in the background.
   */
  async read(): Promise<ManifestSet> {
    if (this.fresh && performance.now() < this.fresh.until) return this.fresh.set;
    this.reading ??= this.look().finally(() => {
      this.reading = undefined;
    });
    const deadlineMs = this.options.deadlineMs ?? DEADLINE_MS;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ManifestSet>(resolve => {
      const why = `no answer from the file system within ${deadlineMs / 1000} s`;
      timer = setTimeout(() => resolve(this.unreadable(why)), deadlineMs);
    });
    try {
      return await Promise.race([this.reading, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  onChange(wake: Wake): void {
    this.wakes.add(wake);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wakes.clear();
    clearTimeout(this.timer);
    await this.watch.close();
  }

  private async look(): Promise<ManifestSet> {
    const changes = this.changes;
    const set = await this.list();
    // Ticks that other events cause in quick succession need not list the folder again; without a watch each one does
    const watched = this.wakes.size > 0 && set.readable && this.watch.error === undefined;
    this.fresh =
      watched && changes === this.changes ? { set, until: performance.now() + FRESH_MS } : undefined;
    return set;
  }

  private async list(): Promise<ManifestSet> {
    try {
      if (this.wakes.size > 0 && !this.closed) await this.watch.rearm();
      const listing = await listFolder(this.root);
      const { files, againMs } = await this.memory.recall(listing);
      this.watch.add(listing.linkedFolders);
      this.wakeIn(againMs);
      const set = settle(files);
      return this.watch.error === undefined
        ? set
        : { ...set, notices: [...set.notices, this.deaf(this.watch.error)] };
    } catch (error) {
      return this.unreadable(reason(error));
    }
  }

  private unreadable(why: string): ManifestSet {
    const error = `manifest folder ${this.root} cannot be read: ${why}`;
    return { readable: false, error, jobs: [], problems: [], notices: [], unreadableFiles: [] };
  }

  private deaf(error: string) {
    return {
      file: '.',
      line: 1,
      column: 1,
      message: `changes are seen only when the folder is read next: ${error}`,
    };
  }

  private wakeIn(ms: number | undefined): void {
    clearTimeout(this.timer);
    if (ms !== undefined && !this.closed) this.timer = setTimeout(() => this.wake(), ms + 1);
  }

  private wake(): void {
    this.changes += 1;
    this.fresh = undefined;
    for (const wake of this.wakes) wake();
  }
}
