/** One safety idiom, and how to take it out of the product. */
export interface Mutant {
  /** What is removed, in a few words. */
  readonly idiom: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Tests that should notice, the quickest first. */
  readonly tests: readonly string[];
}

export const SLICE = 'test/sim/slice.test.ts';

const core = (...names: readonly string[]): readonly string[] =>
  names.map(name => `test/core/${name}.test.ts`);
const loop = (...names: readonly string[]): readonly string[] =>
  names.map(name => `test/loop/${name}.test.ts`);

export const tests = { core, loop };
