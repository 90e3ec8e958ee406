import type { Containers } from './containers.js';
import type { Contender, Mark } from './contender.js';
import { rankTimes } from './job.js';

/** One run of one contender. */
export interface Measurement {
  readonly contender: Contender['name'];
  readonly workers: number;
  /** Go signal to the first rank's first output, in milliseconds. */
  readonly ms: number;
  /** `mpirun` starts beyond the one that the job needs. */
  readonly wastedStarts: number;
  /** Milliseconds from the go signal. */
  readonly marks: readonly Mark[];
}

export interface RoundsOptions {
  readonly contenders: readonly Contender[];
  readonly containers: Containers;
  readonly workers: number;
  /** Rounds that count; one more before them is dropped. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/**
 * Runs all contenders in turn, round after round, each on a quiet engine. The order changes from round to round.
 * @returns the rounds that count, each with one measurement for every contender.
 */
export async function measureRounds(options: RoundsOptions): Promise<readonly (readonly Measurement[])[]> {
  const { contenders, workers, rounds, say } = options;
  const counted: Measurement[][] = [];
  for (let round = 0; round <= rounds; round++) {
    const turn = round % contenders.length;
    const measurements: Measurement[] = [];
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)])
      measurements.push(await measure(contender, `bench-${workers}-${round}-${contender.name}`, options));
    const times = contenders.map(({ name }) => {
      const one = measurements.find(({ contender }) => contender === name);
      return `${name} ${one?.ms.toFixed(0)} ms`;
    });
    say(`${workers} workers, ${round === 0 ? 'warm-up' : `pair ${round} of ${rounds}`}: ${times.join(', ')}`);
    if (round > 0) counted.push(measurements);
  }
  return counted;
}

async function measure(
  contender: Contender,
  run: string,
  { containers, workers }: RoundsOptions,
): Promise<Measurement> {
  const { go, output, starts = 1, marks } = await contender.run(run, workers);
  const all = [...marks, ...containers.marks(run)];
  await contender.remove(run);
  await containers.gone(run);
  const ranks = rankTimes(output);
  const first = ranks[0];
  if (first === undefined || ranks.length % workers !== 0)
    throw new Error(`${run}: expected the output of ${workers} ranks, got: ${output}`);
  // A second start shows in the contender's own report, and in ranks that ran more than once
  const wastedStarts = Math.max(starts, ranks.length / workers) - 1;
  const relative = all.map(({ what, at }) => ({ what, at: at - go })).sort((a, b) => a.at - b.at);
  return { contender: contender.name, workers, ms: first - go, wastedStarts, marks: relative };
}
