import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** Milliseconds between two looks; 100 when not given. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` returns something, and returns that. `look` returns undefined, or
 * throws, while it is not there yet. Throws with what was waited for, and the last error seen, when the
 * deadline passes first.
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

/** Thrown by a look to end the waiting at once: what is waited for cannot come any more. */
export class GiveUp extends Error {}
