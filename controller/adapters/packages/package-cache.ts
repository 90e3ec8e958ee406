import type { ManifestJob, ManifestSet, Problem } from '../../api/manifest/manifests.js';
import type { PackageState } from '../../api/types/package.js';
import { given } from '../../shared/given.js';
import { reason } from '../lib/fs-error.js';
import { listPackage, PackageFault, type PackageListing } from './listing.js';
import { type PackageOf, PackagePoller, packageKey } from './package-poll.js';
import { readPackage } from './read.js';

/**
 * A package counts when two listings this far apart are the same. Longer than for a manifest, as copying takes
 * longer.
 */
const SETTLE_MS = 1_000;

/**
 * Some file systems have time stamps of whole seconds: until then content of the same length may get the same stamps.
 */
const COARSE_SETTLE_MS = 2_100;

/** The longest pause before an unreadable package is read again; the first is as long as it must stay unchanged. */
const RETRY_MS = 30_000;

/** Until then an unresponsive file system may just be slow. */
const SILENT_MS = 30_000;

const UNSETTLED: PackageState = { state: 'unsettled' };

interface Known {
  /** Of the listing, or of the error that prevented it. */
  readonly signature: string;
  since: number;
  /** How long it must stay unchanged, or wait after an attempt to read it. */
  settleMs: number;
  /** The content that has these stamps; undefined while unknown. */
  state?: PackageState;
  /** Why it couldn't be read; another attempt may succeed. */
  trouble?: Unusable;
  reading?: true;
  /** The file system doesn't answer whether these stamps are current. */
  late?: { readonly since: number; reported: PackageState };
}

/** By file, below the watched folder. */
export type Owners = ReadonlyMap<string, bigint>;

type Unusable = Extract<PackageState, { state: 'unusable' }>;

/** Replaces the file system in tests. */
export interface PackageStorage {
  readonly list?: typeof listPackage;
  readonly read?: typeof readPackage;
  /** Time limit for listing one package. */
  readonly deadlineMs?: number;
}

export interface Packaged {
  readonly set: ManifestSet;
  /** When to list again, in milliseconds from now, if a package may be half-written. */
  readonly againMs: number | undefined;
}

/**
 * Remembers the content of each package; reads it in the background, only when its stamps change. Only a cache. Time
 * stamps are compared with each other and never with a clock.
 */
export class PackageMemory {
  private known = new Map<string, Known>();
  private readonly lastReported = new WeakMap<ManifestJob, ManifestJob>();
  private readonly poller: PackagePoller;
  private readonly closing = new AbortController();
  private queue: Promise<void> = Promise.resolve();

  /**
   * @param now milliseconds of a clock that never jumps.
   * @param wake called when a package was read, or could not be read.
   */
  constructor(
    private readonly now: () => number,
    private readonly wake: () => void,
    private readonly storage: PackageStorage = {},
  ) {
    this.poller = new PackagePoller(wake, storage.list, storage.deadlineMs);
  }

  /**
   * The jobs, each with the known state of its package. A job stays the same object while that doesn't change.
   * @param owners of the manifests' files.
   */
  async recall(root: string, set: ManifestSet, owners: Owners = new Map()): Promise<Packaged> {
    const waits: number[] = [];
    const seen = new Map<string, Known>();
    const recalled: ManifestJob[] = [];
    for (const job of set.jobs) {
      const path = job.manifest.spec.package;
      if (path === undefined) {
        recalled.push(job);
        continue;
      }
      const owner = owners.get(job.file);
      const of = { file: job.file, path, ...given({ owner }) };
      const key = packageKey(of);
      const known = seen.get(key) ?? (await this.check(root, of));
      seen.set(key, known);
      // Late listings and reads wake us when they end
      if (known.state === undefined && !known.reading && !known.late) waits.push(this.patience(known));
      recalled.push(this.withState(job, known.late?.reported ?? known.state ?? known.trouble ?? UNSETTLED));
    }
    this.known = seen;
    const againMs = waits.length === 0 ? undefined : waits.reduce((a, b) => Math.min(a, b));
    return { set: withProblems({ ...set, jobs: recalled }), againMs };
  }

  /** Cancels the read in progress, and starts no other. */
  close(): void {
    this.closing.abort();
  }

  private async check(root: string, of: PackageOf): Promise<Known> {
    const { path } = of;
    const before = this.known.get(packageKey(of));
    const found = await this.poller.poll(root, of);
    if (found === undefined) return this.late(before, path);
    if (before) delete before.late;
    const signature = typeof found === 'string' ? found : found.signature;
    const settleMs = typeof found === 'object' && found.coarse ? COARSE_SETTLE_MS : SETTLE_MS;
    const known: Known =
      before?.signature === signature ? before : { signature, since: this.now(), settleMs };
    if (known.state !== undefined || known.reading || this.patience(known) > 0) return known;
    if (typeof found === 'string') known.state = unusable(path, found);
    else this.read(known, path, found);
    return known;
  }

  /** The state is unknown now; the last known state is kept. */
  private late(before: Known | undefined, path: string): Known {
    const now = this.now();
    const known: Known = before ?? { signature: '', since: now, settleMs: SETTLE_MS };
    known.late ??= { since: now, reported: UNSETTLED };
    if (known.late.reported === UNSETTLED && now - known.late.since >= SILENT_MS)
      known.late.reported = unusable(path, `no answer from the file system for ${SILENT_MS / 1000} s`);
    return known;
  }

  private patience({ since, settleMs }: Known): number {
    return Math.max(0, since + settleMs - this.now());
  }

  /** One at a time: the disk is the limit, and parallel reads would only share it. */
  private read(known: Known, path: string, listing: PackageListing): void {
    const { storage, closing } = this;
    const read = storage.read ?? readPackage;
    known.reading = true;
    this.queue = this.queue.then(async () => {
      if (closing.signal.aborted) return;
      try {
        known.state = { state: 'ready', content: await read(listing, closing.signal) };
      } catch (error) {
        const found = unusable(path, reason(error));
        if (error instanceof PackageFault) known.state = found;
        else this.tryAgain(known, found);
      }
      delete known.reading;
      this.wake();
    });
  }

  /** The cause of a read error may pass without a change of the stamps. */
  private tryAgain(known: Known, trouble: Unusable): void {
    if (known.trouble?.message !== trouble.message) known.trouble = trouble;
    known.since = this.now();
    known.settleMs = Math.min(RETRY_MS, 2 * known.settleMs);
  }

  private withState(job: ManifestJob, state: PackageState): ManifestJob {
    const former = this.lastReported.get(job);
    if (former?.package === state) return former;
    const next = { ...job, package: state };
    this.lastReported.set(job, next);
    return next;
  }
}

/** The jobs, each with its package's content now, even if it's still being written. */
export async function withPackages(set: ManifestSet): Promise<ManifestSet> {
  const states = new Map<string, Promise<PackageState>>();
  const withPackage = async (job: ManifestJob): Promise<ManifestJob> => {
    const path = job.manifest.spec.package;
    if (path === undefined) return job;
    // Only this file is known to have its owner
    const key = `${job.file}\n${path}`;
    const state = states.get(key) ?? packageState(job.file, path);
    states.set(key, state);
    return { ...job, package: await state };
  };
  return withProblems({ ...set, jobs: await Promise.all(set.jobs.map(withPackage)) });
}

/** An unusable package is reported like a faulty manifest, at the job that names it. */
function withProblems(set: ManifestSet): ManifestSet {
  const problems = set.jobs.flatMap(({ key, file, line, package: found }): readonly Problem[] =>
    found?.state === 'unusable'
      ? [{ file, line, column: 1, message: found.message, path: 'spec.package', job: key }]
      : [],
  );
  return problems.length === 0 ? set : { ...set, problems: [...set.problems, ...problems] };
}

async function packageState(file: string, path: string): Promise<PackageState> {
  try {
    return { state: 'ready', content: await readPackage(await listPackage(undefined, file, path)) };
  } catch (error) {
    return unusable(path, reason(error));
  }
}

function unusable(path: string, message: string): Unusable {
  return { state: 'unusable', message: `package ${path}: ${message}` };
}
