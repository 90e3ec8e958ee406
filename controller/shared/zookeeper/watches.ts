type Kind = 'data' | 'children';
type Watch = () => void;

interface Armed {
  /** What the library holds: one function per path, so that arming again adds no listener there. */
  readonly trigger: () => void;
  readonly watches: Set<Watch>;
}

/**
 * The armed watches of a session. A watch is called once: when its znode changes, or when the connection was lost and
 * is back, because what changed meanwhile is unknown. The same function on the same path counts once.
 */
export class Watches {
  #armed = new Map<string, Armed>();

  /** The function to hand to the library with a read of that path; it stays the same until it is called. */
  trigger(kind: Kind, path: string): () => void {
    return this.#entry(kind, path).trigger;
  }

  /** To be called when the read succeeded, before the library looks at the next packet. */
  arm(kind: Kind, path: string, watch: Watch): void {
    this.#entry(kind, path).watches.add(watch);
  }

  /** To be called when the read failed. */
  forgetUnarmed(kind: Kind, path: string): void {
    const key = `${kind} ${path}`;
    if (this.#armed.get(key)?.watches.size === 0) this.#armed.delete(key);
  }

  /** Calls and forgets every watch. */
  fireAll(): void {
    const all = this.#armed;
    this.#armed = new Map();
    for (const armed of all.values()) call(armed);
  }

  /** How many functions wait to be called. */
  get size(): number {
    let size = 0;
    for (const { watches } of this.#armed.values()) size += watches.size;
    return size;
  }

  #entry(kind: Kind, path: string): Armed {
    const key = `${kind} ${path}`;
    const there = this.#armed.get(key);
    if (there) return there;
    const armed: Armed = { trigger: () => this.#fire(key), watches: new Set() };
    this.#armed.set(key, armed);
    return armed;
  }

  #fire(key: string): void {
    const armed = this.#armed.get(key);
    this.#armed.delete(key);
    if (armed) call(armed);
  }
}

/** Not at once: what a watch throws must not pass through the library's socket handler. */
function call(armed: Armed): void {
  for (const watch of armed.watches) queueMicrotask(watch);
}
