import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../../../controller/shared/backoff.js';
import { type Claim, RUN_ZNODES } from '../../../controller/shared/protocol/protocol.js';
import type { RunStore } from '../runtime/store.js';

const PAUSE_MS = { first: 50, longest: 1000 } as const;

/** `mine`: start now; no other process will. `other`: it was started, or is going to be, by another process. */
export type Claimed = 'mine' | { readonly other: Claim };

/**
 * Claims the start of the run's command. Made once for a run, whatever happens: of all processes that ever call this for
 * a run, one at most gets `mine`. A lost reply is resolved by reading; while ZooKeeper cannot be asked, it waits.
 * @param signal ends the waiting, by rejecting with its reason.
 */
export async function claimStart(store: RunStore, claim: Claim, signal: AbortSignal): Promise<Claimed> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      if ((await store.create(RUN_ZNODES.claim, claim)) === 'created') return 'mine';
      const there = await store.read<Claim>(RUN_ZNODES.claim);
      if (there !== undefined) return isMine(there, claim) ? 'mine' : { other: there };
      // Neither to be created nor to be read: the run is being removed, or ZooKeeper is not reachable. Ask again.
    } catch {
      // What came of it is unknown until it can be read.
    }
    await sleep(backoff(tries, PAUSE_MS), undefined, { signal });
  }
}

function isMine(there: Claim, claim: Claim): boolean {
  return there.task === claim.task && there.nonce === claim.nonce;
}
