/** Items of all sources as they arrive; fails when one source fails. */
export async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const iterators = sources.map(source => source[Symbol.asyncIterator]());
  const next = (i: number) => iterators[i]?.next().then(result => ({ i, result }));
  const waiting = new Map(iterators.map((_, i) => [i, next(i)]));
  try {
    while (waiting.size > 0) {
      const first = await Promise.race(waiting.values());
      if (!first) return;
      if (first.result.done) {
        waiting.delete(first.i);
        continue;
      }
      waiting.set(first.i, next(first.i));
      yield first.result.value;
    }
  } finally {
    // Don't wait: a source in mid-read ends only when its read does
    for (const iterator of iterators) iterator.return?.().catch(() => undefined);
  }
}
