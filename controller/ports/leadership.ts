import type { LeadershipLost } from './errors.js';
import type { Wake } from './wake.js';

/** A time of leading. */
export interface Term {
  /** Counts the terms of all controllers of an installation. */
  readonly epoch: number;
}

export interface ControllerView {
  readonly host: string;
  readonly pid: number;
  /** Leading or on standby since then: milliseconds since the epoch, by its own clock. */
  readonly since: number;
  /** Of the one that leads. */
  readonly term?: Term;
}

export type LeadershipState =
  | { readonly role: 'leader'; readonly term: Term }
  /** Without a leader: there is no leader yet, or it isn't known. */
  | {
      readonly role: 'standby';
      readonly leader?: ControllerView;
      /** Why it cannot run for leader. */
      readonly problem?: string;
    };

/**
 * Which one acts of all controllers of an installation. At most one does: it stops by itself, unasked, before
 * another one can begin.
 */
export interface Leadership {
  /** What is known now, from memory, at once. The term stays the same object for as long as it lasts. */
  state(): LeadershipState;
  /**
   * Throws {@link LeadershipLost} unless the term lasts, and is sure to last a while longer. To be called right before each effect.
   * @param term the one under which the effect was planned; absent: whichever lasts.
   */
  confirm(term?: Term): void;
  onChange(wake: Wake): void;
  /** Steps down, or out of the line: the next controller leads at once. */
  close(): Promise<void>;
}
