import { appendFileSync } from 'node:fs';

/** One fault run, as it is kept for the table: one job that had a fault. */
export interface FaultRow {
  /** What was done: `worker container killed before the start`. */
  readonly fault: string;
  /** How the job ended, and how often its program started: `Succeeded, 1 run, 1 start`. */
  readonly outcome: string;
  readonly seconds: number;
}

/** Variable that names the file for rows, one JSON text a line; `npm test` sets it. */
export const ROWS_VARIABLE = 'MPISWARM_TEST_FAULTS';

/** A test that is one fault run: what `run` returns, or that it failed, becomes a row of the table. */
export function faultIt(title: string, fault: string, run: () => Promise<string>): void {
  faultsIt(title, [fault], async () => [await run()]);
}

/** The same of several jobs at a time: a name and an outcome for each, and an equal share of the time. */
export function faultsIt(
  title: string,
  faults: readonly string[],
  run: () => Promise<readonly string[]>,
): void {
  it(title, async () => {
    const from = performance.now();
    const note = (outcomes: readonly string[]): void => {
      const seconds = (performance.now() - from) / 1_000 / faults.length;
      for (const [at, fault] of faults.entries())
        append({ fault, outcome: outcomes[at] ?? 'test failed', seconds });
    };
    try {
      note(await run());
    } catch (error) {
      note([]);
      throw error;
    }
  });
}

function append(row: FaultRow): void {
  const file = process.env[ROWS_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
