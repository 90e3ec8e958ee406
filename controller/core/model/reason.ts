import type { ReasonName } from './reasons.js';

/** Why a rung does not hold yet. */
export interface Reason {
  readonly reason: ReasonName;
  readonly message: string;
  /** Which one it is about, where there may be several with the same reason: `worker 3`, `launcher`, the name of a node. */
  readonly about?: string;
}

export const WORKER_LOST = 'WorkerLost';

/** Reason of what waits for a package that is missing or cannot be used. */
export const PACKAGE_UNAVAILABLE = 'PackageUnavailable';

/** What a job waits for from the end of a run until its output is stored and what is not kept of it is gone. */
export const CLEANING_UP = 'CleaningUp';
