import type { ListedTest, Wanted } from './suites.js';

/** What a process that runs tests is started with. */
export interface Order {
  /** Paths below the project. */
  readonly files: readonly string[];
  readonly wanted: Wanted;
  /** Only says which tests there are; runs none. */
  readonly list?: boolean;
}

/** A test or a hook that has ended. */
export interface Ended extends ListedTest {
  readonly kind: 'test' | 'hook';
  readonly ms: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What went wrong, as mocha prints it. */
  readonly error?: string;
  /** What `--grep` finds it by: for a hook, the title of the suite that it belongs to. */
  readonly grep: string;
}

/**
 * What such a process says, in this order: either `listed`, or `loaded`, any number of `ended` and `file`, and `end`.
 */
export type Message =
  | { readonly kind: 'listed'; readonly tests: readonly ListedTest[] }
  | { readonly kind: 'loaded'; readonly ms: number }
  | { readonly kind: 'ended'; readonly ended: Ended }
  | { readonly kind: 'file'; readonly file: string; readonly ms: number }
  | { readonly kind: 'end' };
