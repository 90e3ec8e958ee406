import type { ManifestSet } from '../../controller/api/manifests.js';
import { parseManifests, unparsed } from '../../controller/api/parse.js';
import { settle } from '../../controller/api/settle.js';
import type { Manifests } from '../../controller/ports.js';

type Parsed = ReturnType<typeof parseManifests>;

/** Equal texts are parsed once: the simulation reads the same few thousands of times. */
const known = new Map<string, Parsed>();

function parsedOnce(text: string, name: string): Parsed {
  const id = `${name}\n${text}`;
  const parsed = known.get(id) ?? parseManifests(text, name);
  known.set(id, parsed);
  return parsed;
}

/** A folder of manifests in memory, parsed as the real one is. */
export class FakeManifests implements Manifests {
  readonly #files = new Map<string, string | undefined>();
  /** The file system that the folder is on. */
  device: string | undefined;
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

  /** Undefined: there is no such file, or it cannot be read. */
  text(file: string): string | undefined {
    return this.#files.get(file);
  }

  files(): readonly (readonly [name: string, text: string | undefined])[] {
    return [...this.#files];
  }

  async read(): Promise<ManifestSet> {
    if (this.error !== undefined) {
      return { ...settle([]), readable: false, error: this.error };
    }
    const names = [...this.#files.keys()].sort();
    const parsed = names.map(name => {
      const text = this.#files.get(name);
      return text === undefined ? unparsed(name, 'permission denied') : parsedOnce(text, name);
    });
    return { ...settle(parsed), ...(this.device === undefined ? {} : { device: this.device }) };
  }

  onChange(): void {}

  async close(): Promise<void> {}
}
