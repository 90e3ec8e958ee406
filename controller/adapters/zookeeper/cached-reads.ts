import type { Znode } from './session-types.js';

interface Reader {
  get(path: string, watch?: () => void): Promise<Znode | undefined>;
}

interface Entry {
  readonly znode: Znode;
}

/**
 * Znodes that were read, each kept for as long as its watch has not been called: a tick reads what changed, and not
 * thousands of records. A lost connection calls all watches, so nothing is kept over one.
 */
export class CachedReads {
  readonly #reader: Reader;
  readonly #entries = new Map<string, Entry>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The znode as it is, or undefined when there is none. Rejects as the session does. */
  async get(path: string): Promise<Znode | undefined> {
    const known = this.#entries.get(path);
    if (known) return known.znode;
    let fresh = true;
    let entry: Entry | undefined;
    const znode = await this.#reader.get(path, () => {
      // May come before the reply has made its way here.
      fresh = false;
      if (entry && this.#entries.get(path) === entry) this.#entries.delete(path);
    });
    if (znode && fresh) {
      entry = { znode };
      this.#entries.set(path, entry);
    }
    return znode;
  }
}
