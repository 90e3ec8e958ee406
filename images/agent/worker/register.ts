import type { NodeRecord } from '../../../controller/shared/protocol/program-records.js';
import { type Registration, RUN_ZNODES } from '../../../controller/shared/protocol/protocol.js';
import type { Log } from '../runtime/log.js';
import type { Kept, RunStore } from '../runtime/store.js';

export interface Registrar {
  /** What is to be registered from now on; undefined for nothing. Changes are made one after the other. */
  want(registration: Registration | undefined): void;
}

/**
 * Registers one worker as an ephemeral znode.
 * @param place what is known of its node, which every registration waits for and has.
 */
export function registrar(store: RunStore, index: number, place: Promise<NodeRecord>, log: Log): Registrar {
  let kept: Kept | undefined;
  let last: Promise<void> = Promise.resolve();
  const change = async (wanted: Registration | undefined) => {
    const registration = wanted && { ...wanted, node: { ...wanted.node, ...(await place) } };
    if (registration === undefined) {
      const released = kept;
      kept = undefined;
      await released?.release();
    } else if (kept === undefined) kept = store.keep(`${RUN_ZNODES.workers}/${index}`, registration);
    else kept.set(registration);
  };
  return {
    want: registration => {
      last = last
        .then(() => change(registration))
        .catch((error: unknown) => log('could not update the registration', { error: String(error) }));
    },
  };
}
