import type { Reason } from '../../core/model/reason.js';
import { isPaused } from '../../core/text/pause.js';
import { backoff } from '../../shared/backoff.js';

const RETRY_MS = { first: 200, longest: 30_000 } as const;

interface Trouble {
  readonly reason: Reason;
  readonly count: number;
  readonly retryAt: number;
}

/** What kept the last plan of a job from being carried out: it is tried again after pauses that grow from 200 ms to 30 s. */
export class FailureBackoff {
  readonly #jobs = new Map<string, Trouble>();

  reason(key: string): Reason | undefined {
    return this.#jobs.get(key)?.reason;
  }

  /** Whether it is too early for another try. */
  mustWait(key: string, now: number): boolean {
    const trouble = this.#jobs.get(key);
    return trouble !== undefined && isPaused(trouble.retryAt, now, RETRY_MS.longest);
  }

  add(key: string, reason: Reason, now: number): void {
    const count = (this.#jobs.get(key)?.count ?? 0) + 1;
    this.#jobs.set(key, { reason, count, retryAt: now + backoff(count, RETRY_MS) });
  }

  delete(key: string): void {
    this.#jobs.delete(key);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
