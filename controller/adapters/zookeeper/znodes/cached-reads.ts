import type { Znode } from '../../../shared/zookeeper/session-types.js';

interface Reader {
  get(path: string, watch?: () => void): Promise<Znode | undefined>;
  children(path: string, watch?: () => void, most?: number): Promise<readonly string[] | undefined>;
}

interface ReadOptions {
  /** Called when it changes. */
  readonly changed?: () => void;
  /** Of one with more bytes of data none is kept, so that what programs write doesn't fill the memory. */
  readonly mostBytes?: number;
}

interface Entry<T> {
  readonly value: T;
}

/**
 * Caches reads until their watch is called: a tick reads only changes, not thousands of znodes. A lost connection
 * calls all watches, so it empties the cache.
 */
export class CachedReads {
  readonly #reader: Reader;
  readonly #znodes = new Map<string, Entry<Znode>>();
  readonly #children = new Map<string, Entry<readonly string[]>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The znode, if it's cached. */
  known(path: string): Znode | undefined {
    return this.#znodes.get(path)?.value;
  }

  /** The current znode, or undefined if it doesn't exist. Rejects as the session does. */
  get(
    path: string,
    { changed, mostBytes = Number.POSITIVE_INFINITY }: ReadOptions = {},
  ): Promise<Znode | undefined> {
    const read = async (watch: () => void): Promise<Znode | undefined> => {
      const znode = await this.#reader.get(path, watch);
      return znode && znode.data.length > mostBytes ? { ...znode, data: Buffer.alloc(0) } : znode;
    };
    return remember(this.#znodes, path, read, changed);
  }

  /** Names of the znode's children, or undefined if it doesn't exist. Rejects as the session does. */
  children(path: string, most?: number): Promise<readonly string[] | undefined> {
    return remember(this.#children, path, watch => this.#reader.children(path, watch, most));
  }
}

async function remember<T>(
  entries: Map<string, Entry<T>>,
  path: string,
  read: (watch: () => void) => Promise<T | undefined>,
  changed?: () => void,
): Promise<T | undefined> {
  const known = entries.get(path);
  if (known) return known.value;
  let fresh = true;
  let entry: Entry<T> | undefined;
  const value = await read(() => {
    // The watch may fire before the reply arrives here.
    fresh = false;
    if (entry && entries.get(path) === entry) entries.delete(path);
    changed?.();
  });
  if (value !== undefined && fresh) {
    entry = { value };
    entries.set(path, entry);
  }
  return value;
}
