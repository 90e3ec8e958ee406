import type { Disruption } from './disruption.js';
import type { ReasonName } from './reasons.js';
import type { Outcome, StopIntent } from './record.js';

/** How a run ended. */
export interface RunEnd {
  readonly disruption?: Disruption;
  readonly outcome: Outcome;
  /** Why it was ended, where it did not end by itself. */
  readonly stopped?: StopIntent;
  readonly exitCode?: number;
  readonly reason: ReasonName;
  readonly message: string;
}
