/** Runs a step soon, and once more after the current run when called during it. */
export interface SingleFlight {
  (): void;
  /** Resolves when no run is under way. */
  idle(): Promise<void>;
}

/**
 * Any number of calls lead to runs of the step that never overlap, and to one whole run at least after the last call. The step may call
 * for another run itself. It handles what may fail: what it throws is a bug, which the process does not survive.
 */
export function singleFlight(step: () => Promise<void>): SingleFlight {
  let again = false;
  let running = false;
  let flight = Promise.resolve();
  const run = async (): Promise<void> => {
    running = true;
    try {
      while (again) {
        again = false;
        await step();
      }
    } finally {
      running = false;
    }
  };
  const call = (): void => {
    again = true;
    if (!running) flight = run();
  };
  return Object.assign(call, { idle: () => (running ? flight : Promise.resolve()) });
}
