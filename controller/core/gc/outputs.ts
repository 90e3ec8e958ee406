import type { JobRecord, RunStatus } from '../model/record.js';
import type { Expiry, StoredOutput } from '../model/world.js';

/** What is kept of the output of ended runs. */
export interface OutputLimits {
  /** Of each job, so many runs. */
  readonly runs: number;
  /** Since the end of the run, in milliseconds. */
  readonly ageMs: number;
  /** Of all jobs together. */
  readonly bytes: number;
}

/** What is kept of ended runs. */
export interface Limits extends OutputLimits {
  /** Of all jobs together, so many ended launchers, with what they use. */
  readonly launchers: number;
}

export const DEFAULT_LIMITS: Limits = {
  runs: 20,
  ageMs: 30 * 86_400_000,
  bytes: 10 * 2 ** 30,
  launchers: 200,
};

interface Kept extends StoredOutput {
  readonly id: string;
  readonly ended: number;
  /** The newest run of a job that exists. */
  readonly last: boolean;
  /** How many runs of its job are newer. */
  readonly newer: number;
}

/**
 * Whose output goes, and why, by run id. First match wins: too many of its job; too old; and then, while all together are
 * too large, the one whose run ended first, the last runs of jobs after all others. Output that no record names counts
 * from the time it was stored.
 */
export function expiries(
  records: readonly JobRecord[],
  stored: ReadonlyMap<string, StoredOutput>,
  { limits, now }: { readonly limits: OutputLimits; readonly now: number },
): ReadonlyMap<string, Expiry> {
  const runs = new Map(records.flatMap(({ status }) => placesOf(status.runs)));
  const all = [...stored].map(([id, output]): Kept => {
    const { run, newer } = runs.get(id) ?? { run: undefined, newer: 0 };
    return { ...output, id, ended: run?.endedAt ?? output.at, last: run !== undefined && newer === 0, newer };
  });
  const expired = new Map<string, Expiry>();
  for (const output of all) {
    const expiry = byCountOrAge(output, limits, now);
    if (expiry) expired.set(output.id, expiry);
  }
  const left = all.filter(({ id }) => !expired.has(id));
  let total = left.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limits.bytes) return expired;
  for (const { id, bytes } of left.sort(firstToGo)) {
    if (total <= limits.bytes) break;
    total -= bytes;
    expired.set(id, { reason: 'SizeLimit', message: SIZE_WORDS });
  }
  return expired;
}

function firstToGo(a: Kept, b: Kept): number {
  return Number(a.last) - Number(b.last) || a.ended - b.ended || (a.id < b.id ? -1 : 1);
}

const SIZE_WORDS = 'the output of all runs together exceeds keepSize';

function placesOf(
  runs: readonly RunStatus[],
): readonly (readonly [string, { readonly run: RunStatus; readonly newer: number }])[] {
  return runs.map((run, i) => [run.id, { run, newer: runs.length - 1 - i }]);
}

function byCountOrAge(
  { newer, ended }: Kept,
  { runs, ageMs }: OutputLimits,
  now: number,
): Expiry | undefined {
  if (newer >= runs)
    return { reason: 'RunLimit', message: `keepRuns keeps the output of the last ${runs} runs of a job` };
  if (now - ended > ageMs) return { reason: 'AgeLimit', message: 'the run is older than keepAge' };
  return undefined;
}
