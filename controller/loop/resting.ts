import type { ManifestJob } from '../api/manifests.js';
import type { JobRecord } from '../core/record.js';

/** What a job was seen as. Both are the same objects for as long as nothing of them changed. */
export interface Seen {
  readonly record: JobRecord | undefined;
  /** Its definition in the folder. */
  readonly job: ManifestJob | undefined;
}

/** The job is finished or suspended: nothing but an edit makes anything of it soon. */
export function mayRest({ status }: JobRecord): boolean {
  return status.phase === 'done' || (status.phase === 'pending' && status.reason === 'Suspended');
}

/**
 * Finished and suspended jobs for which there was nothing to do, so that thousands of them cost next to nothing. One whose record or
 * manifest changed does not rest; nor, for one look, does any other after a while: its time to live may be over, or somebody
 * may have made something in its name.
 */
export class Resting {
  readonly #jobs = new Map<string, Seen & { readonly until: number }>();

  /** @param whileMs how long a job may go without being assessed. */
  constructor(private readonly whileMs: number) {}

  has(key: string, { record, job }: Seen, now: number): boolean {
    const known = this.#jobs.get(key);
    // A clock that was set back must not keep a job at rest for longer
    const left = (known?.until ?? now) - now;
    return (
      known !== undefined && known.record === record && known.job === job && left > 0 && left <= this.whileMs
    );
  }

  add(key: string, seen: Seen, now: number): void {
    this.#jobs.set(key, { ...seen, until: now + this.whileMs });
  }

  delete(key: string): void {
    this.#jobs.delete(key);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
