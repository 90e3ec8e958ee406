import { type FSWatcher, watch } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { limitWords } from '../lib/fs-error.js';

/** As many links as Linux itself follows on the way to a file. */
const MAX_LINKS = 40;

/** A name in a folder, as one step of a path. */
interface Step {
  readonly folder: string;
  readonly name: string;
}

/**
 * Notices when a path leads elsewhere: a link in it changes (as with git-sync), or a folder in it is renamed, removed
 * or created. Watches each folder on the way for one name, without chokidar, which would read all its entries.
 */
export class WayWatch {
  private watchers: readonly FSWatcher[] = [];
  private outdated = true;
  private closed = false;
  private failure: string | undefined;

  constructor(
    private readonly path: string,
    private readonly wake: () => void,
  ) {}

  get error(): string | undefined {
    return this.failure;
  }

  /** Watches the way as it is now, unless it is still the same. */
  async follow(): Promise<void> {
    if (!this.outdated && this.failure === undefined) return;
    // Set this before reading: any later change makes it outdated again
    this.outdated = false;
    const steps = await stepsOf(this.path);
    if (this.closed) return;
    this.stop();
    const names = new Map<string, Set<string>>();
    for (const { folder, name } of steps) names.set(folder, (names.get(folder) ?? new Set()).add(name));
    this.watchers = [...names].flatMap(([folder, meant]) => this.watch(folder, meant));
    // A folder that vanished before it was watched sends no event
    if ((await stepsOf(this.path)).length !== steps.length) this.outdated = true;
  }

  close(): void {
    this.closed = true;
    this.stop();
  }

  private watch(folder: string, names: ReadonlySet<string>): readonly FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null && !names.has(name)) return;
        this.outdated = true;
        this.wake();
      });
      // Its folder is gone; the folder above it reports that
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch (error) {
      // Polling covers all other reasons, such as an unreadable folder
      this.failure ??= limitWords(error);
      return [];
    }
  }

  private stop(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
    this.failure = undefined;
  }
}

/** All steps of a path, up to the first that doesn't exist. */
async function stepsOf(path: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  let here = '/';
  const left = resolve(path).split('/').filter(Boolean);
  for (let links = 0; left.length > 0 && links <= MAX_LINKS; ) {
    const name = left.shift() ?? '';
    if (name === '..') here = dirname(here);
    if (name === '..' || name === '.') continue;
    steps.push({ folder: here, name });
    const target = await linkTarget(join(here, name));
    if (target === undefined) return steps;
    if (target === '') here = join(here, name);
    else {
      links += 1;
      left.unshift(...target.split('/').filter(Boolean));
      if (target.startsWith('/')) here = '/';
    }
  }
  return steps;
}

/** The target of a link; empty if it isn't a link; undefined if it's missing or hidden. */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : '';
  } catch {
    return undefined;
  }
}
