import { posix } from 'node:path';
import { within } from '../lib/deadline.js';
import { reason } from '../lib/fs-error.js';
import { listPackage, type PackageListing } from './listing.js';

/** Looking at a large package on a network file system takes seconds; at one that has gone, for ever. */
const DEADLINE_MS = 5_000;

/** What looking at a package came to: what it was like, or what kept it from being looked at. */
export type Looked = PackageListing | string;

interface Look {
  readonly ended: Promise<void>;
  found?: Looked;
}

/** Equal where the same is looked at. Not the path alone: whether links may lead there depends on the manifest's folder. */
export function packageKey(file: string, path: string): string {
  return `${posix.dirname(file)}\n${path}`;
}

/** Looks at packages, each within a time of its own: one that does not answer keeps nobody from the others. */
export class PackageLooks {
  private readonly late = new Map<string, Look>();

  /** @param wake called when a look ended that was late. */
  constructor(
    private readonly wake: () => void,
    private readonly list = listPackage,
    private readonly deadlineMs = DEADLINE_MS,
  ) {}

  /**
   * What a look at the package came to; undefined when it takes longer than that. It goes on then, is not made twice at a time, and
   * what it comes to is what the next call gets.
   */
  async look(root: string, file: string, path: string): Promise<Looked | undefined> {
    const key = packageKey(file, path);
    const before = this.late.get(key);
    if (before) {
      if (before.found !== undefined) this.late.delete(key);
      return before.found;
    }
    const found = (what: Looked): void => {
      look.found = what;
      if (this.late.get(key) === look) this.wake();
    };
    const look: Look = {
      ended: this.list(root, file, path).then(found, (error: unknown) => found(reason(error))),
    };
    await within(look.ended, this.deadlineMs);
    if (look.found === undefined) this.late.set(key, look);
    return look.found;
  }
}
