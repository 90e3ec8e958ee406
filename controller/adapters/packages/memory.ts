import type { ManifestJob, ManifestSet, Problem } from '../../api/manifests.js';
import type { PackageState } from '../../api/package.js';
import { reason } from '../manifests/reason.js';
import { listPackage, PackageFault, type PackageListing } from './listing.js';
import { readPackage } from './read.js';

/** A package counts when two looks this far apart found it the same; a longer time than a manifest's, as copying it takes longer. */
const SETTLE_MS = 1_000;

/** Some file systems stamp whole seconds: until then other content of the same length may come under the same stamps. */
const COARSE_SETTLE_MS = 2_100;

const UNSETTLED: PackageState = { state: 'unsettled' };

interface Known {
  /** Of what was found, or what kept it from being looked at. */
  readonly signature: string;
  readonly since: number;
  /** How long it must have been found so. */
  readonly settleMs: number;
  /** What these stamps stand for; undefined while that is not known yet. */
  state?: PackageState;
  reading?: true;
}

export interface Packaged {
  readonly set: ManifestSet;
  /** When to look again, in milliseconds from now, where a package may still be being written. */
  readonly againMs: number | undefined;
}

/**
 * Remembers what is in each package, so that it is read only when its stamps change, in the background. A cache only.
 * Time stamps are compared with each other and never with a clock.
 */
export class PackageMemory {
  private known = new Map<string, Known>();
  private readonly told = new WeakMap<ManifestJob, ManifestJob>();
  private queue: Promise<void> = Promise.resolve();

  /**
   * @param now milliseconds of a clock that never jumps.
   * @param wake called when a package was read to its end.
   */
  constructor(
    private readonly now: () => number,
    private readonly wake: () => void,
  ) {}

  /** The jobs, each with what is known of its package. A job stays the same object for as long as that does. */
  async recall(root: string, set: ManifestSet): Promise<Packaged> {
    const waits: number[] = [];
    const seen = new Map<string, Known>();
    const recalled: ManifestJob[] = [];
    for (const job of set.jobs) {
      const path = job.manifest.spec.package;
      if (path === undefined) {
        recalled.push(job);
        continue;
      }
      const key = `${job.file}\n${path}`;
      const known = seen.get(key) ?? (await this.look(root, job.file, path));
      seen.set(key, known);
      const needs = known.state === undefined && !known.reading ? this.patience(known) : undefined;
      if (needs !== undefined) waits.push(needs);
      recalled.push(this.withState(job, known.state ?? UNSETTLED));
    }
    this.known = seen;
    const againMs = waits.length === 0 ? undefined : waits.reduce((a, b) => Math.min(a, b));
    return { set: withProblems({ ...set, jobs: recalled }), againMs };
  }

  private async look(root: string, file: string, path: string): Promise<Known> {
    const before = this.known.get(`${file}\n${path}`);
    const found = await listPackage(root, file, path).catch((error: unknown) => messageOf(error));
    const signature = typeof found === 'string' ? found : found.signature;
    const settleMs = typeof found === 'object' && found.coarse ? COARSE_SETTLE_MS : SETTLE_MS;
    const known: Known =
      before?.signature === signature ? before : { signature, since: this.now(), settleMs };
    if (known.state !== undefined || known.reading || this.patience(known) > 0) return known;
    if (typeof found === 'string') known.state = unusable(path, found);
    else this.read(known, path, found);
    return known;
  }

  private patience({ since, settleMs }: Known): number {
    return Math.max(0, since + settleMs - this.now());
  }

  /** One after the other: reading is for the disk to do, and several would only share it. */
  private read(known: Known, path: string, listing: PackageListing): void {
    known.reading = true;
    this.queue = this.queue.then(async () => {
      known.state = await readPackage(listing).then(
        content => ({ state: 'ready', content }) as const,
        (error: unknown) => unusable(path, messageOf(error)),
      );
      delete known.reading;
      this.wake();
    });
  }

  private withState(job: ManifestJob, state: PackageState): ManifestJob {
    const told = this.told.get(job);
    if (told?.package === state) return told;
    const next = { ...job, package: state };
    this.told.set(job, next);
    return next;
  }
}

/** The jobs, each with what is in its package now, whether or not it is still being written. */
export async function withPackages(set: ManifestSet): Promise<ManifestSet> {
  const withPackage = async (job: ManifestJob): Promise<ManifestJob> => {
    const path = job.manifest.spec.package;
    return path === undefined ? job : { ...job, package: await packageState(job.file, path) };
  };
  return withProblems({ ...set, jobs: await Promise.all(set.jobs.map(withPackage)) });
}

/** A package that cannot be used is told of like a faulty manifest, at the job that names it. */
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
    return unusable(path, messageOf(error));
  }
}

function unusable(path: string, message: string): PackageState {
  return { state: 'unusable', message: `package ${path}: ${message}` };
}

function messageOf(error: unknown): string {
  return error instanceof PackageFault ? error.message : reason(error);
}
