import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../../controller/shared/backoff.js';
import { isZooKeeperError } from '../../../controller/shared/zookeeper/errors.js';
import type { Log } from './log.js';

export interface PersistOptions {
  readonly log: Log;
  /** The container was asked to end: what is under way gets a last moment. */
  readonly signal: AbortSignal;
  /** For how long ZooKeeper may refuse it: the znode's parent is gone, or belongs to another. */
  readonly refusedMs: number;
}

const PAUSE_MS = { first: 100, longest: 2_000 } as const;
const LAST_MOMENT_MS = 1_000;

/**
 * Does it until it succeeds. While ZooKeeper cannot be asked there is no deadline: what a program did in a week is not lost because
 * a quorum was away for an hour.
 * @param what what is done, for the log.
 * @returns false: given up, because the container was asked to end, or ZooKeeper refused it for so long.
 */
export async function persist(
  what: string,
  act: () => Promise<unknown>,
  { log, signal, refusedMs }: PersistOptions,
): Promise<boolean> {
  let refusedSince: number | undefined;
  for (let tries = 1; ; tries++) {
    try {
      if (await inTime(act(), signal)) return true;
      log(`gave up to ${what}`, { reason: 'the container was asked to end' });
      return false;
    } catch (error) {
      log(`could not ${what}`, { error: String(error) });
      const now = performance.now();
      refusedSince = isAway(error) ? undefined : (refusedSince ?? now);
      if (refusedSince !== undefined && now - refusedSince >= refusedMs) return false;
    }
    if (signal.aborted) return false;
    await sleep(backoff(tries, PAUSE_MS), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
}

/** ZooKeeper gave no answer. */
function isAway(error: unknown): boolean {
  return isZooKeeperError(error, 'connection') || isZooKeeperError(error, 'deadline');
}

/** Whether it was done; false when the signal came, and a moment later it was still not done. */
async function inTime(done: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const late = new AbortController();
  const end = signal.aborted
    ? Promise.resolve()
    : new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  const moment = end
    .then(() => sleep(LAST_MOMENT_MS, undefined, { signal: late.signal }))
    .then(
      () => false,
      () => false,
    );
  try {
    return await Promise.race([done.then(() => true), moment]);
  } finally {
    late.abort();
    done.catch(() => undefined);
  }
}
