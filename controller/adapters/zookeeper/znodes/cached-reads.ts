import type { Znode } from '../../../shared/zookeeper/session-types.js';

interface Reader {
  get(path: string, watch?: () => void): Promise<Znode | undefined>;
  children(path: string, watch?: () => void): Promise<readonly string[] | undefined>;
}

interface Entry<T> {
  readonly value: T;
}

/**
 * What was read, each kept for as long as its watch has not been called: a tick reads what changed, and not thousands of
 * znodes. A lost connection calls all watches, so nothing is kept over one.
 */
export class CachedReads {
  readonly #reader: Reader;
  readonly #znodes = new Map<string, Entry<Znode>>();
  readonly #children = new Map<string, Entry<readonly string[]>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The znode, where it is kept. */
  known(path: string): Znode | undefined {
    return this.#znodes.get(path)?.value;
  }

  /**
   * The znode as it is, or undefined when there is none. Rejects as the session does.
   * @param changed called when it is not so any more.
   */
  get(path: string, changed?: () => void): Promise<Znode | undefined> {
    return remember(this.#znodes, path, watch => this.#reader.get(path, watch), changed);
  }

  /** Names of the znode's children, or undefined when there is no such znode. */
  children(path: string): Promise<readonly string[] | undefined> {
    return remember(this.#children, path, watch => this.#reader.children(path, watch));
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
    // May come before the reply has made its way here.
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
