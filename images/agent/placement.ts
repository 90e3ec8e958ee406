import { type Placement, RUN_ZNODES } from '../../controller/core/protocol.js';
import type { Log } from './log.js';
import { recordedRanks, watchRanks } from './ranks.js';
import type { RunStore } from './store.js';

const RETRY_MS = 1000;

export interface PlacementOptions {
  readonly store: RunStore;
  readonly log: Log;
  /** Folder in which ranks record themselves. */
  readonly ranks: string;
  readonly worker: number;
  readonly task: string;
}

/**
 * Stores once which ranks have started in this container; nothing where none has. On a dedicated launcher none should
 * have, and `worker` is -1.
 */
export async function storePlacement({
  store,
  log,
  ranks: folder,
  worker,
  task,
}: PlacementOptions): Promise<void> {
  const ranks = recordedRanks(folder);
  if (ranks.length === 0) return;
  try {
    await store.put(`${RUN_ZNODES.placement}/${worker}`, { worker, task, ranks } satisfies Placement);
  } catch (error) {
    // The controller counts ranks that nobody reported as misplaced, so silence cannot pass for success
    log('placement not stored', { error: String(error) });
  }
}

/**
 * Reports which ranks started on this worker, whenever that changes, until it is stored.
 * @returns a function that ends it.
 */
export function reportPlacement({ store, log, ranks: folder, worker, task }: PlacementOptions): () => void {
  let unstored: Placement | undefined;
  let writing = false;
  let timer: NodeJS.Timeout | undefined;
  const write = async () => {
    if (writing || unstored === undefined) return;
    writing = true;
    const placement = unstored;
    try {
      await store.put(`${RUN_ZNODES.placement}/${worker}`, placement);
      if (unstored === placement) unstored = undefined;
      log('placement reported', { ranks: placement.ranks });
    } catch (error) {
      log('placement not reported', { error: String(error) });
      clearTimeout(timer);
      timer = setTimeout(() => void write(), RETRY_MS);
      return;
    } finally {
      writing = false;
    }
    void write();
  };
  const stop = watchRanks(
    folder,
    ranks => {
      unstored = { worker, task, ranks };
      void write();
    },
    log,
  );
  return () => {
    stop();
    clearTimeout(timer);
  };
}
