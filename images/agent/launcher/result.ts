import { RUN_ZNODES, type RunResult } from '../../../controller/shared/protocol/protocol.js';
import type { CommandEnd } from '../process/child-process.js';
import type { Log } from '../runtime/log.js';
import { persist } from '../runtime/persist.js';
import type { RunStore } from '../runtime/store.js';

/** A run whose znodes are gone, or are not ours, has no place for a result: then Swarm's exit code has to do, in milliseconds. */
const REFUSED_MS = 60_000;

/** The record of how a command ended. */
export function runResult(task: string, end: CommandEnd, startedAt: number, endedAt: number): RunResult {
  return { task, startedAt, endedAt, ...end };
}

/**
 * Writes the result, made once, because the controller counts a launcher that is gone without a result as lost. While ZooKeeper is
 * away that takes as long as it takes, unless the container is asked to end.
 * @returns whether a result is there.
 */
export async function writeResult(
  store: RunStore,
  result: RunResult,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<boolean> {
  const write = async () => {
    const made = await store.create(RUN_ZNODES.result, result);
    log('result written', { made, exitCode: result.exitCode });
  };
  return persist('write the result', write, { log, signal, refusedMs: REFUSED_MS });
}
