import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import type { Reason } from '../model/reason.js';
import type { JobRecord } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import type { ManifestNote } from '../model/step.js';
import type { Delivery, Expiry, ImageState, RunWorld, StoredOutput, SwarmWorld } from '../model/world.js';
import type { Leftovers } from '../observed/leftovers.js';

/** Everything that is known about one job, at one moment, but for the other jobs. */
export interface JobInputs {
  readonly key: string;
  /** Undefined: never seen before. */
  readonly record: JobRecord | undefined;
  readonly manifest: ManifestState;
  readonly world: {
    readonly swarm: SwarmWorld;
    readonly runs: ReadonlyMap<string, RunWorld>;
    readonly runIds: readonly string[];
    /** By run id: why the znodes of a run cannot be read. */
    readonly unreadableRuns: ReadonlyMap<string, string>;
    /** By run id: why znodes of a run could not be removed. */
    readonly leftBehind: ReadonlyMap<string, string>;
    /** Stored outputs, by run id. */
    readonly stored: ReadonlyMap<string, StoredOutput>;
    /** Of those, the ones that are not kept any longer. */
    readonly expired: ReadonlyMap<string, Expiry>;
    readonly leftovers: Leftovers;
    /** Runs whose launcher is not kept any longer, as there are too many. */
    readonly surplus: ReadonlySet<string>;
  };
  readonly image: (ref: string, policy: MPIJob['spec']['imagePullPolicy'], run: string) => ImageState;
  /** What is known of the container of that name that serves a package. */
  readonly delivery?: (name: string) => Delivery;
  readonly installation: Installation;
  readonly now: number;
  /** For how long the job has waited for what may take only so long, as far as this process has seen; absent: as stored. */
  readonly waitedMs?: (what: string) => number | undefined;
  /** For a job that was never seen before. */
  readonly uid: string;
  /** What the last command of this job said when it failed. */
  readonly trouble?: Reason;
}

export type ManifestState =
  | {
      readonly kind: 'valid';
      readonly manifest: MPIJob;
      readonly source: string;
      /** What is in its package, as far as it is known; what was known before, where that cannot be read now. */
      readonly package?: PackageContent;
      readonly note?: ManifestNote;
    }
  /** The file is broken, cannot be read, or may come back: the last good manifest counts. */
  | { readonly kind: 'unknown'; readonly note?: ManifestNote }
  | { readonly kind: 'removed' };
