import type { Edit } from '../../api/manifest/edit.js';
import { type Context, paceOf, readJobs, withRegistry } from '../context/context.js';
import { isDone } from './verbs.js';

/** A change without an event is seen this much later, in milliseconds. */
const POLL_MS = 1_000;

/** As a shell has it for a program that SIGINT ended. */
export const INTERRUPTED = 130;

/**
 * Waits until the controller has done what was asked for these jobs, or the user has waited enough; what was asked for stands
 * in any case.
 * @param asked `timeoutMs`: 0 for ever.
 * @returns the exit code: 0 done, 1 not done in that time, 130 interrupted; said in words but for 0.
 */
export function waitFor(
  asked: { readonly edit: Edit; readonly keys: readonly string[]; readonly timeoutMs: number },
  context: Context,
): Promise<number> {
  const { edit, keys, timeoutMs } = asked;
  const { ports, err } = context;
  const late = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = late ? AbortSignal.any([ports.signal, late]) : ports.signal;
  return withRegistry(context, async stateStore => {
    const pace = paceOf(stateStore);
    while (!signal.aborted) {
      const records = await readJobs(stateStore);
      if (
        keys.every(key =>
          isDone(
            edit,
            records.find(record => record.key === key),
          ),
        )
      )
        return 0;
      await pace.next(POLL_MS, signal);
    }
    const why = ports.signal.aborted ? 'interrupted' : `not done within ${timeoutMs / 1_000} s`;
    await err.lines([`mpiswarm: ${why}; the edit stays in effect; mpiswarm describe shows how far it is`]);
    return ports.signal.aborted ? INTERRUPTED : 1;
  });
}
