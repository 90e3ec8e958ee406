import { isEmpty, type ManifestJob, type ManifestSet } from '../api/manifests.js';
import type { ManifestState } from '../core/assess.js';
import type { ManifestNote } from '../core/conditions.js';
import { canonical } from '../core/digest.js';
import type { JobRecord } from '../core/record.js';
import type { Edge } from '../ports.js';
import { fileOf, indexOf, type ManifestIndex, manifestState } from './manifest-state.js';

/** An editor or a sync may remove a file and write it again. */
const REMOVED_GRACE_MS = 2_000;
/** A folder that emptied at one stroke may be a failed mount or a half-done sync: what is missing then is kept for longer. */
const EMPTY_GRACE_MS = 30_000;

const PRUNE = 'mpiswarm up --allow-prune-all removes it at once';

/** A manifest that is not where it was. */
interface Absence {
  /** When it was first missed, as {@link Edge.elapsed}. */
  readonly since: number;
  /** It was missing when the folder was empty, or turned into one of another file system. */
  struck: boolean;
  /** Of a struck one: until when it is kept at least. */
  until?: { readonly elapsed: number; readonly text: string };
  /** Once decided it stays so, whatever happens to the rest of the folder. */
  gone: boolean;
}

/**
 * Decides when a manifest that is missing counts as removed. A memory of this process only: one that is started anew, or
 * takes over from another, waits as long again before it removes anything.
 */
export class Absences {
  #index: ManifestIndex | undefined;
  #absent = new Map<string, Absence>();
  /** What the folder looked like when there was something in it. */
  #device: string | undefined;
  #keys = '';
  /** When the jobs in the folder last became others. */
  #changedAt = 0;
  /** The folder is on another file system than at the look before. */
  #shifted = false;

  constructor(
    private readonly edge: Pick<Edge, 'now' | 'elapsed'>,
    private readonly allowPruneAll: boolean,
  ) {}

  /** To be called with what each look found, before anything is asked of it. */
  look(set: ManifestSet): void {
    if (set === this.#index?.set) return;
    this.#index = indexOf(set);
    if (!set.readable) return;
    this.#shifted = this.#device !== undefined && set.device !== this.#device;
    if (!isEmpty(set)) this.#device = set.device;
    const keys = [...this.#index.jobs.keys()].join('\n');
    if (keys !== this.#keys) this.#changedAt = this.edge.elapsed();
    this.#keys = keys;
  }

  /** The job's definition that counts, as of the last look. */
  job(key: string): ManifestJob | undefined {
    return this.#index?.jobs.get(key);
  }

  /** What the last look says of a job. */
  state(key: string, record: JobRecord | undefined): ManifestState {
    if (!this.#index) throw new Error('nothing was looked at yet');
    const state = manifestState(this.#index, key, record);
    if (state.kind === 'removed') return this.#removed(key, record, this.#index.set);
    if (state.kind === 'valid' && record && this.#isTakenOver(state, record)) {
      const { since } = this.#absence(key);
      if (this.edge.elapsed() - since < REMOVED_GRACE_MS) return { kind: 'unknown' };
    }
    this.#absent.delete(key);
    return state;
  }

  /** From now on this controller acts: whatever is missing has to be missed by it, and for as long as ever. */
  begin(): void {
    this.#absent.clear();
    this.#changedAt = this.edge.elapsed();
  }

  /** The job is not there any more; one that comes under its name is another. */
  forget(key: string): void {
    this.#absent.delete(key);
  }

  /** The job's own file does not define it any more, and another one defines it otherwise. */
  #isTakenOver(state: Extract<ManifestState, { kind: 'valid' }>, record: JobRecord): boolean {
    const own = fileOf(record.source);
    const job = this.#index?.jobs.get(record.key);
    const still = job?.file === own || (job?.again ?? []).some(source => fileOf(source) === own);
    return !still && canonical(state.manifest) !== canonical(record.manifest);
  }

  #removed(key: string, record: JobRecord | undefined, set: ManifestSet): ManifestState {
    const absence = this.#absence(key);
    if (!this.allowPruneAll && (isEmpty(set) || this.#shifted)) absence.struck = true;
    // First match wins
    if (absence.gone) return { kind: 'removed' };
    if (absence.struck && isEmpty(set) && (this.#shifted || isNotedUnmounted(record))) return UNMOUNTED;
    if (absence.struck) return this.#struck(absence, isEmpty(set));
    absence.gone = this.edge.elapsed() - absence.since >= REMOVED_GRACE_MS;
    return absence.gone ? { kind: 'removed' } : { kind: 'unknown' };
  }

  /** Kept until the folder has been the same for long enough. */
  #struck(absence: Absence, empty: boolean): ManifestState {
    const elapsed = this.edge.elapsed();
    const due = Math.max(absence.since, this.#changedAt) + EMPTY_GRACE_MS;
    if (!absence.until || (elapsed >= absence.until.elapsed && elapsed < due))
      absence.until = { elapsed: due, text: this.#time(due - elapsed) };
    absence.gone = elapsed >= absence.until.elapsed;
    if (absence.gone) return { kind: 'removed' };
    return { kind: 'unknown', note: kept(absence.until.text, empty) };
  }

  #absence(key: string): Absence {
    const known = this.#absent.get(key) ?? { since: this.edge.elapsed(), struck: false, gone: false };
    this.#absent.set(key, known);
    return known;
  }

  #time(inMs: number): string {
    return `${new Date(this.edge.now() + inMs).toISOString().slice(0, 19)}Z`;
  }
}

/** Kept for ever, as long as it is so. */
const UNMOUNTED = {
  kind: 'unknown',
  note: {
    status: 'Unknown',
    reason: 'FolderUnmounted',
    message: `the manifest folder is empty and on another file system than before; the job is kept until its manifest is back; ${PRUNE}`,
  },
} as const satisfies ManifestState;

/** The controller before this one saw that the folder was unmounted. */
function isNotedUnmounted(record: JobRecord | undefined): boolean {
  const reason = record?.status.conditions.find(({ type }) => type === 'ManifestValid')?.reason;
  return reason === UNMOUNTED.note.reason;
}

function kept(until: string, empty: boolean): ManifestNote {
  const rest = `the job is kept until ${until} unless its manifest comes back; ${PRUNE}`;
  const message = empty
    ? `the manifest folder is empty; ${rest}`
    : `the manifest folder was emptied and is being filled again; ${rest}`;
  return { status: 'Unknown', reason: empty ? 'FolderEmpty' : 'FolderIncomplete', message };
}
