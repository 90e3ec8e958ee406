import { given } from '../../../controller/shared/given.js';
import { type Placement, RUN_ZNODES } from '../../../controller/shared/protocol/protocol.js';
import { singleFlight } from '../../../controller/shared/single-flight.js';
import type { Log } from '../runtime/log.js';
import { persist } from '../runtime/persist.js';
import type { RunStore } from '../runtime/store.js';
import type { RankOutput } from './rank-output.js';
import { recordedRanks, watchRanks } from './ranks.js';

const RETRY_MS = 1000;
const RESYNC_MS = 5000;
/** A process that outlives its rank may hold its output open for ever. */
const COPYING_MS = 5000;
const BEFORE_RESULT_MS = 2000;

export interface PlacementOptions {
  readonly store: RunStore;
  readonly log: Log;
  /** Folder in which ranks record themselves. */
  readonly ranks: string;
  readonly worker: number;
  readonly task: string;
  /** Hands over what the ranks wrote; absent where no copies are made. */
  readonly output?: RankOutput;
}

/**
 * Stores once which ranks have started in this container, after all that they wrote is handed over; nothing where none
 * has. On a dedicated launcher none should have, and `worker` is -1.
 */
export async function storePlacement({
  store,
  log,
  ranks: folder,
  worker,
  task,
  output,
  ending,
}: PlacementOptions & {
  /** The container was asked to end. */
  readonly ending: AbortSignal;
}): Promise<void> {
  const copied = await output?.finish(BEFORE_RESULT_MS);
  const ranks = recordedRanks(folder);
  if (ranks.length === 0) return;
  const placement: Placement = { worker, task, ranks, ...given({ copied }) };
  const put = () => store.put(`${RUN_ZNODES.placement}/${worker}`, placement);
  // The controller counts unreported ranks as misplaced, so what ZooKeeper refuses cannot pass for success
  await persist('store the placement', put, { log, signal: ending, refusedMs: 0 });
}

/**
 * Reports which ranks started on this worker, whenever that changes, until it is stored; and once the run has its result,
 * that what they wrote is handed over.
 * @returns a function that ends it.
 */
export function reportPlacement(options: PlacementOptions): () => void {
  const { store, log, ranks: folder, worker, task, output } = options;
  let copied: Placement['copied'] = output && 'pending';
  let unstored: Placement | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = singleFlight(async () => {
    if (unstored === undefined) return;
    const placement = unstored;
    try {
      await store.put(`${RUN_ZNODES.placement}/${worker}`, placement);
      if (unstored === placement) unstored = undefined;
      log('placement reported', { ranks: placement.ranks });
    } catch (error) {
      log('could not report the placement', { error: String(error) });
      clearTimeout(timer);
      timer = setTimeout(write, RETRY_MS);
    }
  });
  const report = (ranks: readonly number[]) => {
    unstored = { worker, task, ranks, ...given({ copied }) };
    write();
  };
  let end: (() => void) | undefined;
  const stop = watchRanks(
    folder,
    ranks => {
      report(ranks);
      if (output) end ??= untilResult(store, () => void handedOver(output));
    },
    log,
  );
  const handedOver = async (rest: RankOutput) => {
    copied = await rest.finish(COPYING_MS);
    report(recordedRanks(folder));
  };
  return () => {
    stop();
    end?.();
    clearTimeout(timer);
  };
}

/** Calls `then` once when the run has its result. @returns a function that ends the waiting. */
function untilResult(store: RunStore, then: () => void): () => void {
  let over = false;
  const check = async () => {
    const there = await store.has(RUN_ZNODES.result, () => void check()).catch(() => false);
    if (!there || over) return;
    stop();
    then();
  };
  // A lost watch, or a connection that is away for a moment, costs this long and no more
  const again = setInterval(() => void check(), RESYNC_MS);
  const stop = () => {
    over = true;
    clearInterval(again);
  };
  void check();
  return stop;
}
