import type { StoredOutput } from '../core/model/world.js';
import type { Wake } from './wake.js';

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
  /** Of a rank's own copy of what it wrote; absent: what all wrote, together. */
  readonly rank?: number;
}

/** Of a note on the output of single ranks. */
export const NO_RANK = 0xff_ff_ff_ff;

/** Output of ended runs, kept after their containers are gone. */
export interface OutputStore {
  /** The outputs that are stored completely, by run id. */
  stored(): Promise<ReadonlyMap<string, StoredOutput>>;
  /**
   * Atomic: either all that is given is stored, or nothing; nothing too where reading it fails, with that failure.
   * @returns whether it is stored by now. One that takes longer goes on and wakes when it ends: until then a call for the same run
   * does nothing, and its failure is that of the next one.
   */
  store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<'stored' | 'under-way'>;
  /** Also ends a store that is under way. */
  remove(run: string): Promise<void>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
