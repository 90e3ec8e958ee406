import { isEmpty, type ManifestJob, type ManifestSet } from '../../api/manifest/manifests.js';
import type { ManifestState } from '../../core/job/inputs.js';
import type { ReasonName } from '../../core/model/reasons.js';
import type { JobRecord } from '../../core/model/record.js';
import type { ManifestNote } from '../../core/model/step.js';
import { canonical } from '../../core/text/digest.js';
import { fileOf } from '../../core/text/source.js';
import type { Runtime } from '../../ports/runtime.js';
import { indexOf, type ManifestIndex, manifestState } from './manifest-state.js';
import { FoldersBelow } from './mounted-folders.js';

/** An editor or a sync may remove a file and write it again. */
const REMOVED_GRACE_MS = 2_000;
/** A folder that empties all at once may be a failed mount or a half-done sync: keep its jobs for longer. */
const EMPTY_GRACE_MS = 30_000;

const PRUNE = 'mpiswarm up --allow-prune-all removes it at once';

/** A manifest that is not where it was. */
interface Absence {
  /** When it was first missed, as {@link Runtime.elapsed}. */
  readonly since: number;
  /** It was missing when the folder was empty, or just back, or turned into one of another file system, or when one below it did: which one. */
  struck?: string;
  /** Of a struck one: until when it is kept at least. */
  until?: { readonly elapsed: number; readonly text: string };
  /** Once decided it stays so, whatever else happens in the folder. */
  gone: boolean;
}

/**
 * Decides when a manifest that is missing counts as removed. A memory of this process only: after a restart or a
 * takeover the full wait applies again before anything is removed.
 */
export class MissingManifests {
  #index: ManifestIndex | undefined;
  #absent = new Map<string, Absence>();
  /** What the folder looked like when there was something in it. */
  #device: string | undefined;
  #keys = '';
  /** When the jobs in the folder last became others. */
  #changedAt = 0;
  /** The folder is on another file system than at the previous reading. */
  #shifted = false;
  /** It could not be read or was not there, and has not been the same for long enough since. */
  #wasAway = false;
  readonly #below = new FoldersBelow();

  constructor(
    private readonly runtime: Pick<Runtime, 'now' | 'elapsed'>,
    private readonly allowPruneAll: boolean,
  ) {}

  /** Call it with each reading of the folder, before any query. */
  update(set: ManifestSet): void {
    const before = this.#index?.set;
    if (set === before) return;
    this.#index = indexOf(set);
    if (!set.readable) return;
    this.#lookAfterAway(before);
    this.#shifted = this.#device !== undefined && set.device !== this.#device;
    if (!isEmpty(set)) this.#device = set.device;
    this.#below.update(set, this.#shifted);
    const keys = [...this.#index.jobs.keys()].join('\n');
    if (keys !== this.#keys) this.#changedAt = this.runtime.elapsed();
    this.#keys = keys;
  }

  /** A folder that comes back may come file by file. */
  #lookAfterAway(before: ManifestSet | undefined): void {
    const elapsed = this.runtime.elapsed();
    if (before?.readable === false) {
      this.#wasAway = true;
      this.#changedAt = elapsed;
    } else if (elapsed - this.#changedAt >= EMPTY_GRACE_MS) {
      this.#wasAway = false;
    }
  }

  /** The job's definition that counts, as of the last reading. */
  job(key: string): ManifestJob | undefined {
    return this.#index?.jobs.get(key);
  }

  /** What the last reading says about a job. */
  state(key: string, record: JobRecord | undefined): ManifestState {
    if (!this.#index) throw new Error('no manifests read yet');
    const state = manifestState(this.#index, key, record);
    if (state.kind === 'removed') return this.#removed(key, record, this.#index.set);
    if (state.kind === 'valid' && record && this.#isTakenOver(state, record)) {
      const { since } = this.#absence(key);
      if (this.runtime.elapsed() - since < REMOVED_GRACE_MS) return { kind: 'unknown' };
    }
    this.#absent.delete(key);
    return state;
  }

  /** This controller acts from now on: it must miss a manifest itself, for the full time. */
  begin(): void {
    this.#absent.clear();
    this.#changedAt = this.runtime.elapsed();
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
    const below = this.#unmountedBelow(record);
    if (!this.allowPruneAll) {
      if (isEmpty(set) || this.#shifted || this.#wasAway) absence.struck = ROOT;
      const folder = below ?? this.#below.shifted(fileOf(record?.source ?? ''));
      if (folder !== undefined) absence.struck ??= folder;
    }
    // First match wins
    if (absence.gone) return { kind: 'removed' };
    const { struck } = absence;
    if (struck !== undefined && isEmpty(set) && (this.#shifted || isNoted(record, UNMOUNTED)))
      return unmounted(ROOT);
    if (struck !== undefined && below !== undefined) return unmounted(below);
    if (struck !== undefined) return this.#struck(absence, struck, isEmpty(set));
    absence.gone = this.runtime.elapsed() - absence.since >= REMOVED_GRACE_MS;
    return absence.gone ? { kind: 'removed' } : { kind: 'unknown' };
  }

  /** The folder below that the job was in, empty and on another file system than before, by what was seen or is on record. */
  #unmountedBelow(record: JobRecord | undefined): string | undefined {
    const file = fileOf(record?.source ?? '');
    const noted = isNoted(record, UNMOUNTED_BELOW) ? this.#below.left(file) : undefined;
    const folder = this.#below.shifted(file) ?? noted;
    return folder !== undefined && this.#below.isEmpty(folder) ? folder : undefined;
  }

  /** Kept until the folder has been the same for long enough. */
  #struck(absence: Absence, folder: string, empty: boolean): ManifestState {
    const elapsed = this.runtime.elapsed();
    const due = Math.max(absence.since, this.#changedAt) + EMPTY_GRACE_MS;
    if (!absence.until || (elapsed >= absence.until.elapsed && elapsed < due))
      absence.until = { elapsed: due, text: this.#time(due - elapsed) };
    absence.gone = elapsed >= absence.until.elapsed;
    if (absence.gone) return { kind: 'removed' };
    return { kind: 'unknown', note: kept(absence.until.text, folder, empty) };
  }

  #absence(key: string): Absence {
    const known = this.#absent.get(key) ?? { since: this.runtime.elapsed(), gone: false };
    this.#absent.set(key, known);
    return known;
  }

  #time(inMs: number): string {
    return `${new Date(this.runtime.now() + inMs).toISOString().slice(0, 19)}Z`;
  }
}

/** The watched folder itself, among those that may be unmounted. */
const ROOT = '';

const UNMOUNTED = 'FolderUnmounted';
const UNMOUNTED_BELOW = 'SubfolderUnmounted';

/** Kept for ever, as long as it is so. */
function unmounted(folder: string): ManifestState {
  const message = `${nameOf(folder)} is empty and now on a different file system; keeping the job until its manifest is back; ${PRUNE}`;
  const reason = folder === ROOT ? UNMOUNTED : UNMOUNTED_BELOW;
  return { kind: 'unknown', note: { status: 'Unknown', reason, message } };
}

/** The controller before this one saw that the folder was unmounted. */
function isNoted(record: JobRecord | undefined, reason: ReasonName): boolean {
  return record?.status.conditions.find(({ type }) => type === 'ManifestValid')?.reason === reason;
}

function kept(until: string, folder: string, empty: boolean): ManifestNote {
  const rest = `keeping the job until ${until} unless its manifest comes back; ${PRUNE}`;
  if (empty)
    return { status: 'Unknown', reason: 'FolderEmpty', message: `the manifest folder is empty; ${rest}` };
  const what = folder === ROOT ? 'was empty or away and is filling up again' : 'was unmounted or replaced';
  return { status: 'Unknown', reason: 'FolderIncomplete', message: `${nameOf(folder)} ${what}; ${rest}` };
}

function nameOf(folder: string): string {
  return folder === ROOT ? 'the manifest folder' : `the folder ${folder} below the manifest folder`;
}
