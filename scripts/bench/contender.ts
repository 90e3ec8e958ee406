/** One way of running the job. */
export interface Contender {
  readonly name: 'ours' | 'best' | 'typical';
  /**
   * Runs the job to its end. Throws when the command fails: a failed run is no measurement.
   * @param run name of the run, unique; everything made for it is named after it.
   */
  run(run: string, workers: number): Promise<Ran>;
  /** Starts the removal of everything that was made for the run. */
  remove(run: string): Promise<void>;
  close(): Promise<void>;
}

export interface Ran {
  /** The go signal, in milliseconds since the epoch. */
  readonly go: number;
  readonly output: string;
  /** How often `mpirun` was started for the job, as the contender says; absent: once by construction. */
  readonly starts?: number;
  /** Moments on the way, in milliseconds since the epoch, in order. */
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly what: string;
  readonly at: number;
}
