import type { ManifestJob, ManifestSet } from '../../controller/api/manifest/manifests.js';
import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { parseManifests, unparsed } from '../../controller/api/manifest/parse.js';
import type { PackageState } from '../../controller/api/types/package.js';
import type { Manifests } from '../../controller/ports/manifests.js';

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
  /** Those that folders below it are on; one that is not named is not there. */
  readonly devices = new Map<string, string>();
  /** What there is of packages, by the path that manifests name; any other one is not there. */
  readonly packages = new Map<string, PackageState>();
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
      return { ...mergeFiles([]), readable: false, error: this.error };
    }
    const names = [...this.#files.keys()].sort();
    const parsed = names.map(name => {
      const text = this.#files.get(name);
      return text === undefined ? unparsed(name, 'permission denied') : parsedOnce(text, name);
    });
    const set = mergeFiles(parsed);
    const jobs = set.jobs.map(job => this.#packaged(job));
    return {
      ...set,
      jobs,
      ...(this.device === undefined ? {} : { device: this.device }),
      devices: new Map(this.devices),
    };
  }

  #packaged(job: ManifestJob): ManifestJob {
    const path = job.manifest.spec.package;
    if (path === undefined) return job;
    const missing = { state: 'unusable', message: `package ${path}: it does not exist` } as const;
    return { ...job, package: this.packages.get(path) ?? missing };
  }

  onChange(): void {}

  async close(): Promise<void> {}
}
