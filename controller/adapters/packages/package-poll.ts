import { posix } from 'node:path';
import { within } from '../lib/deadline.js';
import { reason } from '../lib/fs-error.js';
import { listPackage, type PackageListing } from './listing.js';

/** Listing a large package on a network file system takes seconds; on an unreachable one it never ends. */
const DEADLINE_MS = 5_000;

/** The result of listing a package: the listing, or the error. */
export type PollResult = PackageListing | string;

interface Poll {
  readonly ended: Promise<void>;
  found?: PollResult;
}

/** Whose package: of a manifest with this owner, as the folder's listing has it. */
export interface PackageOf {
  /** The manifest, below the watched folder. */
  readonly file: string;
  readonly path: string;
  readonly owner?: bigint;
}

/**
 * Equal for the same listing. The path isn't enough: which links are allowed depends on the manifest's folder, and what may be
 * read on its owner.
 */
export function packageKey({ file, path, owner }: PackageOf): string {
  return `${owner ?? ''}\n${posix.dirname(file)}\n${path}`;
}

/** Lists packages, each with its own time limit: an unresponsive one doesn't delay the others. */
export class PackagePoller {
  private readonly late = new Map<string, Poll>();

  /** @param wake called when a late listing ends. */
  constructor(
    private readonly wake: () => void,
    private readonly list = listPackage,
    private readonly deadlineMs = DEADLINE_MS,
  ) {}

  /**
   * The listing of the package; undefined when it's late. A late listing goes on, at most one at a time, and the next
   * call gets its result.
   */
  async poll(root: string, of: PackageOf): Promise<PollResult | undefined> {
    const key = packageKey(of);
    const before = this.late.get(key);
    if (before) {
      if (before.found !== undefined) this.late.delete(key);
      return before.found;
    }
    const found = (what: PollResult): void => {
      poll.found = what;
      if (this.late.get(key) === poll) this.wake();
    };
    const poll: Poll = {
      ended: this.list(root, of.file, of.path).then(found, (error: unknown) => found(reason(error))),
    };
    await within(poll.ended, this.deadlineMs);
    if (poll.found === undefined) this.late.set(key, poll);
    return poll.found;
  }
}
