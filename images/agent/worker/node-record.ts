import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../../controller/shared/backoff.js';
import type { NodeRecord, RunDirectory } from '../../../controller/shared/protocol/program-records.js';
import { RUN_ZNODES } from '../../../controller/shared/protocol/protocol.js';
import type { Log } from '../runtime/log.js';
import type { RunStore } from '../runtime/store.js';

const PAUSE_MS = { first: 100, longest: 2000 } as const;

/**
 * What the run's directory says of a node; nothing where it does not name it. Asks until ZooKeeper answers: before that
 * nothing can be registered either.
 */
export async function nodeRecord(store: RunStore, node: string, log: Log): Promise<NodeRecord> {
  for (let tries = 1; ; tries++) {
    try {
      const nodes = await store.read<RunDirectory['nodes']>(RUN_ZNODES.nodes);
      return nodes?.[node] ?? {};
    } catch (error) {
      log('could not read nodes', { error: String(error) });
      await sleep(backoff(tries, PAUSE_MS));
    }
  }
}
