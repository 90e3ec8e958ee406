import { filledFolders, foldersOf, type ManifestSet } from '../../api/manifest/manifests.js';

/**
 * Which folders below the watched one are on another file system than when there was something in them: one was mounted there, or
 * unmounted. A folder that no longer exists isn't one of them.
 */
export class FoldersBelow {
  /** What each folder was on when it held something. */
  #devices = new Map<string, string>();
  #now: ReadonlyMap<string, string> = new Map();
  #filled: ReadonlySet<string> = new Set();
  #shifted: ReadonlySet<string> = new Set();

  /** @param remounted the watched folder itself is on another file system: nothing is known of those below it. */
  update(set: ManifestSet, remounted: boolean): void {
    this.#now = set.devices ?? new Map();
    this.#filled = filledFolders(set);
    if (remounted) this.#devices.clear();
    const isShifted = ([folder, device]: readonly [string, string]) =>
      (this.#devices.get(folder) ?? device) !== device;
    this.#shifted = new Set([...this.#now].filter(isShifted).map(([folder]) => folder));
    for (const [folder, device] of this.#now) if (this.#filled.has(folder)) this.#devices.set(folder, device);
    for (const folder of this.#devices.keys()) if (!this.#now.has(folder)) this.#devices.delete(folder);
  }

  /** The outermost folder above a file that is on another file system than before. */
  shifted(file: string): string | undefined {
    return foldersOf(file).find(folder => this.#shifted.has(folder));
  }

  /** The innermost folder above a file that is there. */
  left(file: string): string | undefined {
    return foldersOf(file).findLast(folder => this.#now.has(folder));
  }

  isEmpty(folder: string): boolean {
    return !this.#filled.has(folder);
  }
}
