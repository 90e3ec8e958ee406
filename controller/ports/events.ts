import type { ManifestSet } from '../api/manifest/manifests.js';
import type { Reason } from '../core/model/reason.js';
import type { JobRecord } from '../core/model/record.js';
import type { LeadershipState } from './leadership.js';
import type { StateStoreWorld } from './state-store.js';

/** What the controller says of its work: everything worth a line, one event a decision, none when nothing changed. */
export type ControllerEvent =
  | { readonly kind: 'job'; readonly record: JobRecord; readonly before: JobRecord | undefined }
  | { readonly kind: 'job-removed'; readonly key: string }
  /** The world was read; reported on every tick. */
  | {
      readonly kind: 'folder';
      readonly observation: {
        readonly manifests: ManifestSet;
        readonly stateStore: Pick<StateStoreWorld, 'jobs'>;
      };
    }
  | { readonly kind: 'world-unreadable'; readonly error: string }
  /** It leads, and does nothing. Reported on every tick. */
  | { readonly kind: 'store-refused'; readonly reason: Reason }
  /** The embedded ZooKeeper needs most of its heap; without any left its java ends. Repeated while that is so. */
  | { readonly kind: 'zookeeper-filling'; readonly neededBytes: number; readonly heapBytes: number }
  /** Reported on every tick. */
  | { readonly kind: 'leadership'; readonly standing: LeadershipState }
  /** The clock of this machine was set by so much, forward or back. */
  | { readonly kind: 'clock-jumped'; readonly byMs: number }
  /** Something of a run whose job has no record was removed. */
  | { readonly kind: 'orphan-removed'; readonly run: string; readonly things: readonly string[] }
  /** It was made for jobs that are gone. */
  | { readonly kind: 'network-removed'; readonly name: string }
  /** A plan, or what was left of it, was not carried out. */
  | { readonly kind: 'deposed'; readonly why: string }
  | { readonly kind: 'command-failed'; readonly key: string; readonly trouble: Reason };
