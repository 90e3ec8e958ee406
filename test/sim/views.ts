import type { Seen } from '../../controller/core/model/world.js';

/** What a port showed over time, one entry for each change, so that a reader can be given an old one. */
export class History<T> {
  readonly #entries: { readonly text: string; readonly seen: Seen<T> }[] = [];

  /** Nothing is kept unless a test asks for it. */
  constructor(private readonly kept: boolean) {}

  note(seen: Seen<T>): void {
    if (!this.kept || !seen.ok) return;
    const text = JSON.stringify(seen.value, (_, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    );
    if (this.#entries.at(-1)?.text !== text) this.#entries.push({ text, seen });
  }

  /** What was to be seen so many changes ago; the oldest there is where there were fewer. */
  ago(changes: number): Seen<T> | undefined {
    return this.#entries.at(-1 - changes)?.seen ?? this.#entries[0]?.seen;
  }
}
