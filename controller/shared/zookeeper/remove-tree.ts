import { performance } from 'node:perf_hooks';
import { isZooKeeperError, ZooKeeperError } from './errors.js';
import { type Channel, listChildren, removeZnode } from './operations.js';
import type { Fence } from './session-types.js';

const ROUNDS = 10;
/** Far below the deadline of a call for each of them, also where a server is slow. */
const AT_ONCE = 200;

export interface RemoveOptions {
  readonly fence?: Fence | undefined;
  /** After this time it rejects `deadline`; what is removed by then stays removed. Default: never. */
  readonly limitMs?: number | undefined;
}

/**
 * Removes the znode and all below it, also while others create more there. A leaf needs no permission of its own: the
 * right to delete is its parent's. Where a part cannot be removed, the rest is; then it rejects with the first reason.
 */
export function removeTree(
  channel: Channel,
  path: string,
  { fence, limitMs = Number.POSITIVE_INFINITY }: RemoveOptions = {},
): Promise<void> {
  const until = performance.now() + limitMs;
  const checkTime = (): void => {
    if (performance.now() < until) return;
    const words = `remove ${path}: not all of it was removed within ${limitMs / 1_000} s`;
    throw new ZooKeeperError('deadline', words);
  };
  return removeBelow(channel, path, { fence, checkTime });
}

interface Walk {
  readonly fence: Fence | undefined;
  readonly checkTime: () => void;
}

async function removeBelow(channel: Channel, path: string, walk: Walk): Promise<void> {
  for (let round = 1; ; round++) {
    walk.checkTime();
    try {
      await removeZnode(channel, path, { fence: walk.fence });
      return;
    } catch (error) {
      if (!isZooKeeperError(error, 'not-empty')) throw error;
      if (round > ROUNDS) {
        const words = `remove ${path}: still has children after ${ROUNDS} rounds`;
        throw new ZooKeeperError('not-empty', words);
      }
    }
    const children = (await listChildren(channel, path)) ?? [];
    await removeAll(
      channel,
      children.map(child => `${path}/${child}`),
      walk,
    );
  }
}

async function removeAll(channel: Channel, paths: readonly string[], walk: Walk): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    walk.checkTime();
    const some = paths.slice(at, at + AT_ONCE).map(path => removeBelow(channel, path, walk));
    for (const result of await Promise.allSettled(some))
      if (result.status === 'rejected') failure ??= { error: result.reason };
  }
  if (failure) throw failure.error;
}
