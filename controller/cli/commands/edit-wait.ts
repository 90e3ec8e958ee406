import type { Edit } from '../../api/edit.js';
import { type Context, paceOf, readJobs, withRegistry } from '../context.js';
import { isDone } from '../verbs.js';

/** A change that no event told of shows this much later, in milliseconds. */
const POLL_MS = 1_000;

/** Waits until the controller has done what was asked for these jobs, or the user has waited enough. */
export function waitFor(edit: Edit, keys: readonly string[], context: Context): Promise<void> {
  const { signal } = context.ports;
  return withRegistry(context, async registry => {
    const pace = paceOf(registry);
    while (!signal.aborted) {
      const records = await readJobs(registry);
      if (
        keys.every(key =>
          isDone(
            edit,
            records.find(record => record.key === key),
          ),
        )
      )
        return;
      await pace.next(POLL_MS, signal);
    }
  });
}
