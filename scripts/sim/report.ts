import { availableParallelism, cpus } from 'node:os';
import type { Figures } from '../../test/sim/figures.js';

export interface Run {
  readonly figures: Figures;
  readonly seconds: number;
  readonly processes: number;
  readonly suite: string;
  readonly seed: string;
}

/** The figures as markdown. */
export function report({ figures, seconds, processes, suite, seed }: Run): string {
  const { plans, walks, idle, failures, effects, ticks, latestMs, cpuMs } = figures;
  const all = plans + walks;
  const table = (title: string, rows: Readonly<Record<string, number>>) => [
    `| ${title} | plans |`,
    '| --- | ---: |',
    ...Object.entries(rows)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `| ${name} | ${number(count)} |`),
    '',
  ];
  return [
    `${number(plans)} plans and ${number(walks)} random walks (seed ${seed}) of the ${suite} suite: **${number(failures.length)} violations**.`,
    `${seconds.toFixed(0)} s with ${processes} processes on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${(cpuMs / 1_000).toFixed(0)} s of processor time, ${(cpuMs / Math.max(1, all)).toFixed(1)} ms a plan; ${number(ticks)} ticks, ${number(effects)} effects.`,
    `${number(idle)} plans more had ended before their last fault: they are not counted.`,
    '',
    "| faults | plans | latest match after the last fault, beyond the workload's own time, in s of virtual time | not struck |",
    '| --- | ---: | ---: | ---: |',
    ...Object.entries(figures.families)
      .sort(([, a], [, b]) => b - a)
      .map(
        ([name, count]) =>
          `| ${name} | ${number(count)} | ${Math.ceil((latestMs[name] ?? 0) / 1_000)} | ${number(figures.missed[name] ?? 0)} |`,
      ),
    '',
    ...table('edit that ended a live `mpirun`', figures.stops),
    ...table('workload', figures.workloads),
  ].join('\n');
}

const MOST_FAILURES = 40;

/** One line for each plan that failed, which plays it again, and what was wrong with it. */
export function failureLines({ failures }: Figures): readonly string[] {
  const shown = failures
    .slice(0, MOST_FAILURES)
    .flatMap(({ id, violations }) => [
      `npm run sim -- --plan '${id}'`,
      ...violations.map(words => `    ${words.split('\n').slice(0, 12).join('\n    ')}`),
    ]);
  const more = failures.length - MOST_FAILURES;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
