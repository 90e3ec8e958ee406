import type { Facts } from '../ladder/facts.js';
import type { Disruption } from '../model/disruption.js';
import type { Phase } from '../model/phase.js';
import type { StopIntent, Waiting } from '../model/record.js';
import type { ManifestNote, Step } from '../model/step.js';
import type { RunView } from '../observed/run-view.js';

export interface StatusInputs {
  readonly phase: Phase;
  readonly waiting: readonly Omit<Waiting, 'since'>[];
  readonly step: Step;
  readonly now: number;
  /** Undefined while the job has no run. */
  readonly view?: RunView;
  readonly facts?: Facts;
  /** Why mpirun is about to be asked to end, where it is. */
  readonly stopping?: StopIntent;
  readonly disruption?: Disruption;
  /** What is wrong with the manifest in the folder, or doubtful. */
  readonly manifestNote?: ManifestNote;
}
