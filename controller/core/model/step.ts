import type { ReasonName } from './reasons.js';
import type { Condition, Outcome, RunStatus } from './record.js';

/** The current run goes on, or its remains are being removed; or what follows it. */
export type Step = { readonly kind: 'continue' } | NextStep;

/** What follows a run, or comes before the first one. */
export type NextStep =
  | { readonly kind: 'start-run'; readonly run: RunStatus }
  | { readonly kind: 'wait'; readonly reason: ReasonName; readonly message: string }
  | {
      readonly kind: 'finished';
      readonly outcome: Outcome;
      readonly reason: ReasonName;
      readonly message: string;
    };

/** What to report about a job's manifest, apart from its being in use. */
export type ManifestNote = Pick<Condition, 'status' | 'reason' | 'message'>;
