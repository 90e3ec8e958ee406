import type { Ended, Message } from '../model/messages.js';
import type { ListedTest } from '../model/suites.js';

/** The results of all tests of a run. */
export class Results {
  readonly ended: Ended[] = [];
  readonly fileMs = new Map<string, number>();
  /** Processes that died, and tests without a result, in words. */
  readonly broken: string[] = [];
  #lost = 0;

  hear(message: Message): void {
    if (message.kind === 'ended') this.ended.push(message.ended);
    if (message.kind === 'file') this.fileMs.set(message.file, message.ms);
  }

  /**
   * A process has ended that was to run these tests; `end` says how, where that was not in order. Returns what is wrong
   * with it, if anything is.
   */
  close(
    expected: readonly ListedTest[],
    end: string | undefined,
    files: readonly string[],
  ): string | undefined {
    const heard = this.ended.filter(({ kind, file }) => kind === 'test' && files.includes(file)).length;
    const lost = Math.max(0, expected.length - heard);
    if (end === undefined && lost === 0) return undefined;
    const where = files.length > 2 ? `${files.length} files` : files.join(' and ');
    const why = end === undefined ? 'a hook failed before them' : `their process ${end}`;
    const words = lost > 0 ? `${lost} tests of ${where} did not run: ${why}` : `${where}: ${why}`;
    this.broken.push(words);
    this.#lost += Math.max(1, lost);
    return words;
  }

  get passed(): number {
    return this.ended.filter(({ kind, outcome }) => kind === 'test' && outcome === 'passed').length;
  }

  /** Failed tests and hooks, tests that were skipped, and tests that did not run. */
  get failed(): number {
    return this.failures.length + this.#lost;
  }

  get failures(): readonly Ended[] {
    return this.ended.filter(({ outcome }) => outcome !== 'passed');
  }
}
