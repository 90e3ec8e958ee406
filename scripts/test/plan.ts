import { sharesInstallation } from './files.js';
import { type ListedTest, type Place, placeOf } from './model/suites.js';
import type { Times } from './report/times.js';

/** Test files that run in one process. */
export interface Job {
  readonly files: readonly string[];
  readonly tests: readonly ListedTest[];
}

export interface Plan {
  /** Run side by side, before anything of `machine`. */
  readonly unit: readonly Job[];
  readonly simulation: readonly Job[];
  readonly machine: readonly Job[];
  /** One queue for all clusters: a free cluster takes the next file. */
  readonly cluster: readonly Job[];
}

/** The assumed time of each test in a file that was never measured. */
const GUESS_MS: Readonly<Record<Place, number>> = {
  unit: 30,
  simulation: 60_000,
  machine: 2_000,
  cluster: 10_000,
};

/** Which files run in one process, and in which order: the longest first, because what begins last should be short. */
export function planOf(tests: readonly ListedTest[], times: Times, processes: number, lanes: number): Plan {
  const files = [...new Set(tests.map(({ file }) => file))];
  const ms = (file: string): number =>
    times.files[file] ?? GUESS_MS[placeOf(file)] * tests.filter(test => test.file === file).length;
  const longest = files.sort((a, b) => ms(b) - ms(a));
  const at = (place: Place): readonly string[] => longest.filter(file => placeOf(file) === place);
  const job = (group: readonly string[]): Job => ({
    files: group,
    tests: tests.filter(({ file }) => group.includes(file)),
  });
  const alone = (place: Place): readonly Job[] => at(place).map(file => job([file]));
  const shared = at('cluster').filter(sharesInstallation);
  return {
    unit: dealt(at('unit'), ms, processes).map(job),
    simulation: alone('simulation'),
    machine: alone('machine'),
    cluster: [
      ...dealt(shared, ms, lanes).map(job),
      ...at('cluster')
        .filter(file => !shared.includes(file))
        .map(file => job([file])),
    ],
  };
}

/** Each file goes to the group that has the least to do so far. Groups without a file are left out. */
function dealt(
  files: readonly string[],
  ms: (file: string) => number,
  count: number,
): readonly (readonly string[])[] {
  const groups = Array.from({ length: count }, () => ({ files: [] as string[], ms: 0 }));
  for (const file of files) {
    const least = groups.reduce((a, b) => (b.ms < a.ms ? b : a));
    least.files.push(file);
    least.ms += ms(file);
  }
  return groups.filter(group => group.files.length > 0).map(group => group.files);
}
