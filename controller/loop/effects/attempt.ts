import type { Reason } from '../../core/model/reason.js';
import { PortError } from '../../ports/errors.js';

export type Stored = { readonly ok: true } | { readonly ok: false; readonly trouble: Reason };

/** Runs a write to ZooKeeper; a failure of the outside world is a value, a bug is thrown. */
export async function attempt(what: string, write: () => Promise<unknown>): Promise<Stored> {
  try {
    await write();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ok: false, trouble: { reason: 'StatusNotStored', message: `${what}: ${error.message}` } };
  }
}
