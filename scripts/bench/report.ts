import { median, type Pair, ratioOfMedians } from '../lib/statistics.js';
import type { Contender } from './contender.js';
import type { Benchmark } from './options.js';
import type { Measurement } from './rounds.js';

export interface Result {
  readonly workers: number;
  readonly rounds: readonly (readonly Measurement[])[];
}

const BENCHMARKS: Readonly<
  Record<Benchmark, { readonly against: Contender['name']; readonly goal: number }>
> = {
  B1: { against: 'best', goal: 1.05 },
  B2: { against: 'typical', goal: 0.6 },
};

/** The result in Markdown: conditions, ratios with their goals, wasted starts, and where the time goes. */
export function report(
  results: readonly Result[],
  benchmarks: readonly Benchmark[],
  conditions: readonly string[],
): string {
  const rows = benchmarks.flatMap(name => results.map(result => ratioRow(name, result)));
  const wasted = results
    .flatMap(({ rounds }) => rounds.flat())
    .filter(({ contender }) => contender === 'ours');
  const starts = wasted.reduce((sum, { wastedStarts }) => sum + wastedStarts, 0);
  return [
    ...conditions.map(line => `- ${line}`),
    `- ${results[0]?.rounds.length} pairs for each row, after one that was dropped; times are medians`,
    '',
    ...table([['', 'workers', 'mpiswarm', 'script', 'ratio', '95 % interval', 'goal', 'met'], ...rows]),
    '',
    `Wasted \`mpirun\` starts of mpiswarm in ${wasted.length} jobs: ${starts} (goal: 0, ${starts === 0 ? 'met' : '**not met**'}).`,
    '',
    'Where the time goes, median milliseconds from the go signal:',
    '',
    ...results.flatMap(result => [...breakdown(result), '']),
  ].join('\n');
}

function ratioRow(name: Benchmark, { workers, rounds }: Result): readonly string[] {
  const { against, goal } = BENCHMARKS[name];
  const of = (round: readonly Measurement[], who: Contender['name']) =>
    round.find(({ contender }) => contender === who)?.ms ?? Number.NaN;
  const pairs = rounds.map((round): Pair => [of(round, 'ours'), of(round, against)]);
  const { value, low, high } = ratioOfMedians(pairs);
  return [
    `${name} (${against})`,
    String(workers),
    `${median(pairs.map(([a]) => a)).toFixed(0)} ms`,
    `${median(pairs.map(([, b]) => b)).toFixed(0)} ms`,
    value.toFixed(2),
    `${low.toFixed(2)}–${high.toFixed(2)}`,
    `≤ ${goal.toFixed(2)}`,
    value <= goal ? 'yes' : '**no**',
  ];
}

function breakdown({ workers, rounds }: Result): readonly string[] {
  const present = new Set(rounds.flat().map(({ contender }) => contender));
  const names = (['ours', 'best', 'typical'] as const).filter(name => present.has(name));
  const all = rounds
    .flat()
    .map(one => ({ ...one, marks: [...one.marks, { what: 'first rank', at: one.ms }] }));
  const whats = [...new Set(all.flatMap(({ marks }) => marks.map(({ what }) => what)))];
  const at = (what: string, who?: Contender['name']): number | undefined => {
    const times = all
      .filter(({ contender }) => who === undefined || contender === who)
      .flatMap(({ marks }) => marks.filter(mark => mark.what === what).map(mark => mark.at));
    return times.length === 0 ? undefined : median(times);
  };
  const order = (what: string) => at(what, 'ours') ?? at(what) ?? 0;
  return table([
    [`${workers} workers`, ...names],
    ...[...whats]
      .sort((a, b) => order(a) - order(b))
      .map(what => [what, ...names.map(who => at(what, who)?.toFixed(0) ?? '')]),
  ]);
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(3, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)];
}
