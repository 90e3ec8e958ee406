import { hash } from 'node:crypto';
import type { ManifestSet } from '../../api/manifest/manifests.js';
import { mergeFiles } from '../../api/manifest/merge-files.js';
import type { ParsedFile } from '../../api/manifest/parse.js';
import type { Manifests } from '../../ports/manifests.js';
import type { Wake } from '../../ports/wake.js';
import { reason } from '../lib/fs-error.js';
import { PackageMemory } from '../packages/package-cache.js';
import { FileMemory } from './file-cache.js';
import { type Listing, listFolder, signatureOf } from './listing.js';
import { FolderWatch } from './watch.js';

/** A local disk answers in milliseconds; an unreachable network file system may never answer. */
const DEADLINE_MS = 30_000;
/**
 * A change without an event is seen by a read after this time at the latest. A large folder waits longer, up to the
 * maximum, so that listing it takes only a small part of the time.
 */
const FRESH_MS = { usual: 1_000, longest: 10_000, perListing: 200 } as const;
/** How often an unwatched folder is listed; a large one less often, so that listing takes a twentieth of the time. */
const POLL_MS = 1_000;
const POLL_SHARE = 20;
/** By then a watch on new folders is surely complete. */
const ARMED_MS = 200;

export interface FolderOptions {
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
  readonly deadlineMs?: number;
  /** See {@link MAX_ENTRIES}. */
  readonly maxEntries?: number;
}

/** Manifests in a folder and all folders below it. `root` may be a symbolic link. */
export class ManifestFolder implements Manifests {
  private readonly memory: FileMemory;
  private readonly packages: PackageMemory;
  private readonly watch: FolderWatch;
  private readonly wakes = new Set<Wake>();
  private reading: Promise<ManifestSet> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;
  private closed = false;
  private merged: { readonly files: readonly ParsedFile[]; readonly set: ManifestSet } | undefined;
  /** Hints so far that something changed. */
  private changes = 0;
  /** The result of the last read, while nothing hints at a change. */
  private fresh: { readonly set: ManifestSet; readonly until: number } | undefined;
  /** Digest of the last listing; empty while there is a watch. */
  private listed = '';

  constructor(
    private readonly root: string,
    private readonly options: FolderOptions = {},
  ) {
    const now = options.now ?? (() => performance.now());
    this.memory = new FileMemory(now);
    this.packages = new PackageMemory(now, () => this.wake());
    this.watch = new FolderWatch(root, () => this.wake());
  }

  /**
   * The folder as it is now. Only what changed since the last call is read again. Calls at the same time share one
   * read; a late one reports that, and goes on in the background.
   */
  async read(): Promise<ManifestSet> {
    if (this.fresh && performance.now() < this.fresh.until) return this.fresh.set;
    this.reading ??= this.scan().finally(() => {
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
    clearTimeout(this.poll);
    this.packages.close();
    await this.watch.close();
  }

  private get isWatched(): boolean {
    return this.wakes.size > 0 && !this.closed;
  }

  private async scan(): Promise<ManifestSet> {
    const { changes } = this;
    const started = performance.now();
    const set = await this.list();
    // Ticks in quick succession needn't list the folder again; without a watch each one does
    const watched = this.isWatched && set.readable && this.watch.error === undefined;
    const ended = performance.now();
    const { usual, longest, perListing } = FRESH_MS;
    const freshMs = Math.min(longest, Math.max(usual, (ended - started) * perListing));
    this.fresh = watched && changes === this.changes ? { set, until: ended + freshMs } : undefined;
    if (this.isWatched && this.watch.error !== undefined) this.pollIn(POLL_MS);
    return set;
  }

  private async list(): Promise<ManifestSet> {
    try {
      if (this.isWatched) await this.watch.arm();
      const arrivals = this.watch.arrivals();
      const listing = await listFolder(this.root, this.options.maxEntries);
      this.listed = this.watch.error === undefined ? '' : fingerprint(listing);
      const { files, againMs } = await this.memory.recall(listing, arrivals);
      const arming = this.isWatched && (await this.watch.follow(listing));
      const packaged = await this.packages.recall(this.root, this.merge(files), owners(listing));
      const waits = [againMs, packaged.againMs, arming ? ARMED_MS : undefined].flatMap(ms => ms ?? []);
      this.wakeIn(waits.length === 0 ? undefined : Math.min(...waits));
      const { device, devices } = listing;
      return { ...packaged.set, device, devices, warnings: this.warnings() };
    } catch (error) {
      this.listed = reason(error);
      return this.unreadable(reason(error));
    }
  }

  /** Merged again only when a file has changed: there may be thousands. */
  private merge(files: readonly ParsedFile[]): ManifestSet {
    const { merged } = this;
    const same =
      merged?.files.length === files.length && merged.files.every((file, at) => file === files[at]);
    this.merged = merged && same ? merged : { files, set: mergeFiles(files) };
    return this.merged.set;
  }

  private unreadable(why: string): ManifestSet {
    const error = `manifest folder ${this.root} cannot be read: ${why}`;
    return { ...mergeFiles([]), readable: false, error, warnings: this.warnings() };
  }

  private warnings(): readonly string[] {
    const { error } = this.watch;
    if (!this.isWatched || error === undefined) return [];
    return [`manifest folder ${this.root} cannot be watched, so it is polled: ${error}`];
  }

  /** Polls without events, and wakes only when the listing differs from the last one. */
  private pollIn(ms: number): void {
    clearTimeout(this.poll);
    this.poll = setTimeout(async () => {
      const started = performance.now();
      const listed = await listFolder(this.root, this.options.maxEntries).then(fingerprint, reason);
      if (!this.isWatched || this.watch.error === undefined) return;
      if (listed !== this.listed) return this.wake();
      this.pollIn(Math.max(POLL_MS, (performance.now() - started) * POLL_SHARE));
    }, ms);
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

function fingerprint({ files, faults, folders }: Listing): string {
  const lines = [...files.map(signatureOf), ...faults.map(({ file, message }) => `${file} ${message}`)];
  return hash('sha256', [...lines, ...folders.values()].sort().join('\n'));
}

function owners({ files }: Listing): ReadonlyMap<string, bigint> {
  return new Map(files.map(({ file, stats }) => [file, stats.uid]));
}
