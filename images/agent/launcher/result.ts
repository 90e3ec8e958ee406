import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../../controller/shared/backoff.js';
import { RUN_ZNODES, type RunResult } from '../../../controller/shared/protocol/protocol.js';
import type { CommandEnd } from '../process/child-process.js';
import type { Log } from '../runtime/log.js';
import type { RunStore } from '../runtime/store.js';

const PAUSE_MS = { first: 100, longest: 2000 } as const;

/** The record of how a command ended. */
export function runResult(task: string, end: CommandEnd, startedAt: number, endedAt: number): RunResult {
  return { task, startedAt, endedAt, ...end };
}

/**
 * Writes the result, made once. Tries again until `deadlineMs` have passed, because the controller counts a launcher that
 * is gone without a result as lost. True when a result is there.
 */
export async function writeResult(
  store: RunStore,
  result: RunResult,
  { deadlineMs, log }: { readonly deadlineMs: number; readonly log: Log },
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (let tries = 1; ; tries++) {
    try {
      const made = await store.create(RUN_ZNODES.result, result);
      log('result written', { made, exitCode: result.exitCode });
      return true;
    } catch (error) {
      log('could not write the result', { error: String(error) });
    }
    const pauseMs = backoff(tries, PAUSE_MS);
    if (performance.now() + pauseMs >= end) return false;
    await sleep(pauseMs);
  }
}
