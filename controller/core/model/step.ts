import type { Condition, Outcome, RunStatus } from './record.js';

export type Step =
  /** The current run goes on, or its remains are being removed. */
  | { readonly kind: 'continue' }
  | { readonly kind: 'start-run'; readonly run: RunStatus }
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string }
  | {
      readonly kind: 'finished';
      readonly outcome: Outcome;
      readonly reason: string;
      readonly message: string;
    };

/** What is to be told of a job's manifest beside that it counts. */
export type ManifestNote = Pick<Condition, 'status' | 'reason' | 'message'>;
