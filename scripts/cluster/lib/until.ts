import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** Milliseconds between two calls; 100 by default. */
  readonly everyMs?: number;
}

/**
 * Calls `look` until it returns a value, and returns that. `look` returns undefined, or throws, while there's no
 * value yet. When the deadline passes first, throws with the title and the last error.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  patience: Patience,
): Promise<T> {
  const end = performance.now() + patience.deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      if (error instanceof GiveUp) throw error;
      last = error;
    }
    if (performance.now() > end) {
      const why = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`${what}: not within ${patience.deadlineMs} ms${why}`, { cause: last });
    }
    await sleep(patience.everyMs ?? 100);
  }
}

/** `look` throws this to end the wait at once: the value can't come any more. */
export class GiveUp extends Error {}
