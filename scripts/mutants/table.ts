import type { Mutant } from './mutant.js';

export interface Verdict {
  readonly mutant: Mutant;
  /** Title of the first test that fails; undefined: none does. */
  readonly noticedBy: string | undefined;
  readonly seconds: number;
}

/** The verdicts as markdown. */
export function table(verdicts: readonly Verdict[]): string {
  const noticed = verdicts.filter(({ noticedBy }) => noticedBy !== undefined);
  const seconds = verdicts.reduce((sum, verdict) => sum + verdict.seconds, 0);
  return [
    `${noticed.length} of ${verdicts.length} idioms make a test fail when they are taken out; ${seconds.toFixed(0)} s in all.`,
    '',
    '| taken out | of | noticed by | s |',
    '| --- | --- | --- | ---: |',
    ...verdicts.map(
      ({ mutant, noticedBy, seconds: took }) =>
        `| ${mutant.idiom} | \`${mutant.file.replace(/^.*\//, '')}\` | ${cell(noticedBy)} | ${took.toFixed(1)} |`,
    ),
  ].join('\n');
}

function cell(text: string | undefined): string {
  return text === undefined ? '**no test**' : text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
