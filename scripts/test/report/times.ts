import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Ended } from '../model/messages.js';

/**
 * Milliseconds of each file the last time that all of it ran, for the order in which files are started. Git ignores
 * it.
 */
export const TIMES_FILE = '.cache/test-times.json';

export interface Times {
  /** Milliseconds by file, its hooks included. */
  readonly files: Readonly<Record<string, number>>;
  /** Of the last run, the slowest first. */
  readonly tests?: readonly Pick<Ended, 'kind' | 'file' | 'title' | 'ms'>[];
}

/** Empty when nothing is known, as in a fresh clone. */
export function readTimes(): Times {
  try {
    return JSON.parse(readFileSync(TIMES_FILE, 'utf8')) as Times;
  } catch {
    // They only decide what starts first; a run without them is as good and a little longer.
    return { files: {} };
  }
}

/** Adds what this run measured. Returns why it could not. */
export function writeTimes(files: ReadonlyMap<string, number>, ended: readonly Ended[]): string | undefined {
  const known = { ...readTimes().files, ...Object.fromEntries(files) };
  const tests = [...ended]
    .sort((a, b) => b.ms - a.ms)
    .map(({ kind, file, title, ms }) => ({ kind, file, title, ms: Math.round(ms) }));
  const sorted = Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1));
  const rounded = sorted.map(([file, ms]) => [file, Math.round(ms)]);
  try {
    mkdirSync(dirname(TIMES_FILE), { recursive: true });
    writeFileSync(`${TIMES_FILE}.new`, `${JSON.stringify({ files: Object.fromEntries(rounded), tests })}\n`);
    renameSync(`${TIMES_FILE}.new`, TIMES_FILE);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
