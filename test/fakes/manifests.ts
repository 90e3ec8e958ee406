import type { ManifestSet } from '../../controller/api/manifests.js';
import { parseManifests, unparsed } from '../../controller/api/parse.js';
import { settle } from '../../controller/api/settle.js';
import type { Manifests } from '../../controller/ports.js';

/** A folder of manifests in memory, parsed as the real one is. */
export class FakeManifests implements Manifests {
  readonly #files = new Map<string, string | undefined>();
  /** Why the folder cannot be read; undefined when it can. */
  error: string | undefined;

  put(file: string, text: string): void {
    this.#files.set(file, text);
  }

  /** The file is there and cannot be read. */
  lock(file: string): void {
    this.#files.set(file, undefined);
  }

  remove(file: string): void {
    this.#files.delete(file);
  }

  async read(): Promise<ManifestSet> {
    if (this.error !== undefined) {
      const empty = { jobs: [], problems: [], notices: [], unreadableFiles: [] };
      return { readable: false, error: this.error, ...empty };
    }
    const names = [...this.#files.keys()].sort();
    const parsed = names.map(name => {
      const text = this.#files.get(name);
      return text === undefined ? unparsed(name, 'permission denied') : parseManifests(text, name);
    });
    return settle(parsed);
  }

  onChange(): void {}

  async close(): Promise<void> {}
}
