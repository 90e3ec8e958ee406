import { readdirSync, watch } from 'node:fs';
import type { Log } from '../runtime/log.js';

/** The rank recorders of one launch write within a few milliseconds; one report for all of them. */
const SETTLE_MS = 15;
/** inotify can overflow in silence, so the folder is also listed now and then. */
const RESYNC_MS = 2000;

/** World ranks recorded in `folder`, ascending. A file is named by its rank; anything else is not one. */
export function recordedRanks(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter(name => /^\d{1,7}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Calls `onRanks` with the ranks recorded in `folder` whenever they have changed; not while there are none.
 * @returns a function that ends it.
 */
export function watchRanks(
  folder: string,
  onRanks: (ranks: readonly number[]) => void,
  log: Log,
): () => void {
  let reported = '';
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    timer = undefined;
    const ranks = recordedRanks(folder);
    if (ranks.length === 0 || ranks.join() === reported) return;
    reported = ranks.join();
    onRanks(ranks);
  };
  const watcher = watch(folder, () => {
    timer ??= setTimeout(check, SETTLE_MS);
  });
  watcher.on('error', error => log('watching ranks failed, listing instead', { error: error.message }));
  const resync = setInterval(check, RESYNC_MS);
  check();
  return () => {
    watcher.close();
    clearTimeout(timer);
    clearInterval(resync);
  };
}
