import { join } from 'node:path';

/** What the kernel told of files since the last look, as far as it says how they came. */
export interface Arrivals {
  /** True when the file appeared under its name as a whole, by rename or link, and nothing wrote to it since. */
  isWhole(path: string): boolean;
}

/** More events than this in one go may have overrun the kernel's queue, which drops the rest and does not say so. */
const MOST_EVENTS = 4_096;

/**
 * Keeps apart files that were moved into place and files that are written in place. inotify, as Node passes it on, calls
 * everything that concerns a name `rename`, and everything that concerns content `change`: who creates a file and writes
 * to it causes both.
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

  /**
   * What was told up to now. What comes while the files are being read still counts against them: see that events
   * which are due are delivered before asking.
   */
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
