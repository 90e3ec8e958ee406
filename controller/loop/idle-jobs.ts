import type { ManifestJob } from '../api/manifest/manifests.js';
import type { JobRecord } from '../core/model/record.js';

/** How long a finished job of which something is left may go without being assessed, unless the options say otherwise. */
export const IDLE_MS = 10_000;

/** What a job was seen as. Both are the same objects for as long as nothing of them changed. */
export interface Seen {
  readonly record: JobRecord | undefined;
  /** Its definition in the folder. */
  readonly job: ManifestJob | undefined;
}

/** The job is finished or suspended: nothing but an edit makes anything of it soon. */
export function mayIdle({ status }: JobRecord): boolean {
  return status.phase === 'done' || status.suspended === true;
}

/** How much longer a job idles when only its record is left: only an outside change can affect it. */
const LONGER = 30;

/**
 * Finished and suspended jobs for which there was nothing to do, so that thousands of them cost next to nothing. One whose record or
 * manifest changed isn't skipped. Any other is checked now and then, as the time to live of its remains may be over;
 * a job with nothing left is skipped for longer, until something appears in its name.
 */
export class IdleJobs {
  readonly #jobs = new Map<string, Seen & { readonly since: number }>();

  /** @param whileMs how long a job of which something is left may go without being assessed. */
  constructor(private readonly whileMs: number) {}

  /** @param left whether there is anything of a run of this job that goes sooner or later. */
  has(key: string, { record, job }: Seen, now: number, left: boolean): boolean {
    const known = this.#jobs.get(key);
    if (known?.record !== record || known?.job !== job || !known) return false;
    // A clock that was set back must not keep a job idle for longer
    const idleMs = now - known.since;
    return idleMs >= 0 && idleMs < (left ? this.whileMs : LONGER * this.whileMs);
  }

  add(key: string, seen: Seen, now: number): void {
    this.#jobs.set(key, { ...seen, since: now });
  }

  delete(key: string): void {
    this.#jobs.delete(key);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
