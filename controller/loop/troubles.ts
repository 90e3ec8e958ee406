import type { Reason } from '../core/facts.js';
import { isPaused } from '../core/pause.js';

const LONGEST_MS = 30_000;

interface Trouble {
  readonly reason: Reason;
  readonly count: number;
  readonly retryAt: number;
}

/** What kept the last plan of a job from being carried out: it is tried again after pauses that grow from 200 ms to 30 s. */
export class Troubles {
  readonly #jobs = new Map<string, Trouble>();

  reason(key: string): Reason | undefined {
    return this.#jobs.get(key)?.reason;
  }

  /** Whether it is too early for another try. */
  rests(key: string, now: number): boolean {
    const trouble = this.#jobs.get(key);
    return trouble !== undefined && isPaused(trouble.retryAt, now, LONGEST_MS);
  }

  add(key: string, reason: Reason, now: number): void {
    const count = (this.#jobs.get(key)?.count ?? 0) + 1;
    const pauseMs = Math.min(100 * 2 ** count, LONGEST_MS);
    this.#jobs.set(key, { reason, count, retryAt: now + pauseMs });
  }

  delete(key: string): void {
    this.#jobs.delete(key);
  }

  clear(): void {
    this.#jobs.clear();
  }
}
