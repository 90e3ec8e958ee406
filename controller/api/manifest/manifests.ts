import type { MPIJob } from '../types/mpijob.js';
import type { PackageState } from '../types/package.js';

/** A valid, defaulted manifest and where it was read. */
export interface ManifestJob {
  /** `namespace/name`. */
  readonly key: string;
  readonly manifest: MPIJob;
  /** Path below the watched folder, or as given on the command line. */
  readonly file: string;
  /** Line of the document's first key, from 1. */
  readonly line: number;
  /** Where the same job is defined again, as `path:line`; those definitions do not count. Absent: nowhere. */
  readonly again?: readonly string[];
  /** What was found of its package; absent where it has none. */
  readonly package?: PackageState;
}

/** Something to tell about a place in a file: a fault (`problems`) or a remark (`notices`). */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Lower case, one line, expected and actual. */
  readonly message: string;
  /** The field, e.g. `spec.workers.replicas`. */
  readonly path?: string;
  /**
   * `namespace/name` of the job that the faulty text defines, where that is known. A key that is not among the valid
   * jobs but is named here still exists: it keeps its last good spec.
   */
  readonly job?: string;
}

/** The watched folder as it was read at one moment. */
export interface ManifestSet {
  /** False: the folder could not be read, `jobs` is empty, and nothing may be concluded from that. */
  readonly readable: boolean;
  /** Why the folder could not be read; present exactly when `readable` is false. */
  readonly error?: string;
  /** By key, ascending; each key once. */
  readonly jobs: readonly ManifestJob[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Problem[];
  /**
   * Files whose jobs are not all known; a path that ends in `/` is a folder, and means everything below it.
   * No job that was last seen in one of these counts as removed: see {@link isUnreadable}.
   */
  readonly unreadableFiles: readonly string[];
  /**
   * Files that may still be being written, and whose text does not count yet. Nothing may be concluded from them, and
   * nothing is wrong with them.
   */
  readonly unsettledFiles: readonly string[];
  /** What a person should know of the folder as a whole: lower case, one line each. */
  readonly warnings: readonly string[];
  /** The file system that the folder is on, as the kernel numbers it; another one was mounted or unmounted. */
  readonly device?: string;
  /** The same of the folders below it, by their path below it, which ends in `/`. */
  readonly devices?: ReadonlyMap<string, string>;
}

/** True when `file` may hold jobs that `set` does not list, so that absence from `set` proves nothing. */
export function isUnreadable(set: ManifestSet, file: string): boolean {
  return !set.readable || covers(set.unreadableFiles, file);
}

/** True when `file` may still be being written. */
export function isUnsettled(set: ManifestSet, file: string): boolean {
  return covers(set.unsettledFiles, file);
}

/** True when the folder was read, and there is nothing in it that is a manifest or may be one. */
export function isEmpty(set: ManifestSet): boolean {
  const { readable, jobs, problems, unreadableFiles, unsettledFiles } = set;
  return readable && [jobs, problems, unreadableFiles, unsettledFiles].every(list => list.length === 0);
}

/** Each folder below the watched one, as `team/`, that holds a manifest or what may be one, itself or below it. */
export function filledFolders({
  jobs,
  problems,
  unreadableFiles,
  unsettledFiles,
}: ManifestSet): ReadonlySet<string> {
  const files = [...jobs, ...problems].map(({ file }) => file);
  return new Set([...files, ...unreadableFiles, ...unsettledFiles].flatMap(foldersOf));
}

/** The folders that a file is in, below the watched one, outermost first: `a/` and `a/b/` of `a/b/ring.yaml`. */
export function foldersOf(file: string): readonly string[] {
  return [...file.matchAll(/\//g)].map(({ index }) => file.slice(0, index + 1));
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A list never changes, and is asked for each job: thousands of files may be new at once. */
function covers(files: readonly string[], file: string): boolean {
  if (files.length === 0) return false;
  const known = sets.get(files) ?? new Set(files);
  sets.set(files, known);
  return known.has(file) || foldersOf(file).some(folder => known.has(folder));
}
