import { join } from 'node:path';

/** Kernel events since the last read, as far as they show how a file got its content. */
export interface Arrivals {
  /** True when the file appeared under its name as a whole, by rename or link, and nothing wrote to it since. */
  isWhole(path: string): boolean;
}

/** More events than this in one go may have overrun the kernel's queue, which drops events silently. */
const MOST_EVENTS = 4_096;

/**
 * Distinguishes files that were moved into place from files written in place. Node reports inotify's events on names
 * as `rename`, and those on content as `change`: creating and writing a file causes both.
 */
export class ArrivalLog {
  private named = new Set<string>();
  private written = new Set<string>();
  private events = 0;

  /** @param folder the watched folder; `name` may be missing where the system does not know it. */
  note(event: string, folder: string, name: string | null | undefined): void {
    this.events += 1;
    if (typeof name !== 'string') return;
    (event === 'rename' ? this.named : this.written).add(join(folder, name));
  }

  /** The events up to now. Events during the read still count, so let pending ones arrive before you call this. */
  take(): Arrivals {
    const { named, written, events } = this;
    this.named = new Set();
    this.written = new Set();
    this.events = 0;
    const isWritten = (path: string): boolean => written.has(path) || this.written.has(path);
    const isFlood = (): boolean => events + this.events > MOST_EVENTS;
    return { isWhole: path => named.has(path) && !isWritten(path) && !isFlood() };
  }
}
