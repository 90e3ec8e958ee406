import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManifestFolder } from '../../../../controller/adapters/manifests/folder.js';
import type { ManifestSet } from '../../../../controller/api/manifest/manifests.js';

/** A folder that is watched as the controller does it: one look when something wakes it, and no other. */
export class Watched {
  readonly base = mkdtempSync(join(tmpdir(), 'mpiswarm-watched-'));
  /** All looks, oldest first. */
  readonly sets: ManifestSet[] = [];
  readonly folder: ManifestFolder;
  #look: Promise<void> = Promise.resolve();
  #due = false;

  /** @param path below {@link Watched.base}; made unless it is there. */
  constructor(
    path = 'manifests',
    prepare: (base: string) => void = base => mkdirSync(join(base, path), { recursive: true }),
  ) {
    prepare(this.base);
    this.root = join(this.base, path);
    this.folder = new ManifestFolder(this.root);
    this.folder.onChange(() => this.look());
  }

  readonly root: string;

  get last(): ManifestSet | undefined {
    return this.sets.at(-1);
  }

  /** Looks once more after the look that is under way. */
  look(): void {
    if (this.#due) return;
    this.#due = true;
    this.#look = this.#look.then(async () => {
      this.#due = false;
      this.sets.push(await this.folder.read());
    });
  }

  /** Looks, and returns when nothing has woken it for a while. */
  async settled(): Promise<this> {
    this.look();
    for (let before = -1; before !== this.sets.length; ) {
      before = this.sets.length;
      await this.#look;
      await sleep(300);
    }
    return this;
  }

  /** Waits until a look was as asked for; nothing but events and its own timers wake it. */
  async until(what: string, is: (set: ManifestSet) => boolean, ms = 10_000): Promise<ManifestSet> {
    const deadline = performance.now() + ms;
    while (!this.last || !is(this.last)) {
      if (performance.now() > deadline)
        throw new Error(`${what}: not within ${ms} ms; last: ${JSON.stringify(this.last)?.slice(0, 2_000)}`);
      await sleep(2);
    }
    return this.last;
  }

  /**
   * Reads from time to time as the controller does, until what was read is as asked for. A change that no event tells of may be seen
   * 10 s later, where listing took long: a machine that has much to do makes it so.
   */
  async reads(what: string, is: (set: ManifestSet) => boolean): Promise<ManifestSet> {
    const timer = setInterval(() => this.look(), 500);
    try {
      return await this.until(what, is, 25_000);
    } finally {
      clearInterval(timer);
    }
  }

  /** All that was ever read for a job, in order, without repetition; undefined: the folder did not have it. */
  seen<T>(key: string, of: (job: ManifestSet['jobs'][number]) => T): readonly (T | undefined)[] {
    const all = this.sets.map(set => set.jobs.find(job => job.key === key)).map(job => job && of(job));
    return all.filter((value, i) => i === 0 || value !== all[i - 1]);
  }

  async close(): Promise<void> {
    await this.folder.close();
    await this.#look;
    rmSync(this.base, { recursive: true, force: true });
  }
}

export function replicas(set: ManifestSet, key: string): number | undefined {
  return set.jobs.find(job => job.key === key)?.manifest.spec.workers.replicas;
}
