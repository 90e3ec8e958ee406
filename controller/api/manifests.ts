import type { MPIJob } from './mpijob.js';

/** A valid, defaulted manifest and where it was read. */
export interface ManifestJob {
  /** `namespace/name`. */
  readonly key: string;
  readonly manifest: MPIJob;
  /** Path below the watched folder, or as given on the command line. */
  readonly file: string;
  /** Line of the document's first key, from 1. */
  readonly line: number;
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
   * Files of which not every job could be told; a path that ends in `/` is a folder, and stands for all below it.
   * No job that was last seen in one of these counts as removed: see {@link isUnreadable}.
   */
  readonly unreadableFiles: readonly string[];
}

/** True when `file` may hold jobs that `set` does not list, so that absence from `set` proves nothing. */
export function isUnreadable(set: ManifestSet, file: string): boolean {
  if (!set.readable) return true;
  return set.unreadableFiles.some(path => path === file || (path.endsWith('/') && file.startsWith(path)));
}
