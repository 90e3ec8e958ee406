import type { Ended } from '../model/messages.js';
import { repeatCommand } from './repeat.js';
import type { Results } from './results.js';

const SLOWEST = 20;
/** Faster ones aren't listed. */
const SLOW_MS = 1_000;

/** `0.3 s`, `1 min 5 s` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Prints what happens as it happens. Processes that run side by side print line by line; a heading says which file the
 * lines below it are about.
 */
export class Printer {
  #heading = '';

  constructor(private readonly print: (line: string) => void) {}

  say(line: string): void {
    this.#heading = '';
    this.print(line);
  }

  /** A test or hook of a process; hooks that passed aren't printed. */
  ended(lane: string, one: Ended): void {
    if (one.kind === 'hook' && one.outcome === 'passed') return;
    this.#under(lane, one.file);
    const mark = one.outcome === 'passed' ? '✓' : one.outcome === 'failed' ? '✗' : '- skipped:';
    this.print(`  ${mark} ${one.title}  ${duration(one.ms)}`);
    if (one.error !== undefined) this.print(indented(one.error));
    if (one.outcome !== 'passed') this.print(`    again: ${repeatCommand(one)}`);
  }

  /** All tests of a file at once, for files that have many and quick ones. */
  file(file: string, ended: readonly Ended[], ms: number): void {
    const tests = ended.filter(({ kind }) => kind === 'test');
    const failed = ended.filter(({ outcome }) => outcome !== 'passed');
    const mark = failed.length === 0 ? '✓' : '✗';
    this.say(`${mark} ${file}  ${tests.length} test${tests.length === 1 ? '' : 's'}  ${duration(ms)}`);
    for (const one of failed) this.ended('', one);
  }

  /** A line that a test printed. */
  output(lane: string, file: string, line: string): void {
    this.#under(lane, file);
    this.print(`  │ ${line}`);
  }

  #under(lane: string, file: string): void {
    const heading = `── ${file}${lane === '' ? '' : ` (${lane})`}`;
    if (heading !== this.#heading) this.print(heading);
    this.#heading = heading;
  }
}

/** The slowest files, tests and hooks, and all failures again, as lines. */
export function summary(results: Results, withTimes: boolean): readonly string[] {
  const files = [...results.fileMs].map(([file, ms]) => ({ name: file, ms }));
  const tests = results.ended.map(({ title, ms }) => ({ name: title, ms }));
  return [
    ...(withTimes ? [...slowest('files', files), ...slowest('tests and hooks', tests)] : []),
    ...(results.failures.length > 0 ? ['', 'What failed:'] : []),
    ...results.failures.flatMap(one => [
      `  ${one.outcome === 'skipped' ? 'skipped, expected none: ' : ''}${one.title}`,
      `    ${repeatCommand(one)}`,
    ]),
    ...results.broken.map(line => `  ${line}`),
  ];
}

function slowest(
  what: string,
  all: readonly { readonly name: string; readonly ms: number }[],
): readonly string[] {
  const slow = all.filter(({ ms }) => ms >= SLOW_MS).sort((a, b) => b.ms - a.ms);
  if (slow.length === 0) return [];
  const lines = slow.slice(0, SLOWEST).map(({ name, ms }) => `  ${duration(ms).padStart(12)}  ${name}`);
  return ['', `The slowest ${what}:`, ...lines];
}

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => `    ${line}`.trimEnd())
    .join('\n');
}
