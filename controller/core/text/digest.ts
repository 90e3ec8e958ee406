import { createHash } from 'node:crypto';
import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';

/**
 * Digest of what a manifest runs, the content of its package included. Policy, labels and annotations are not in it, so that changing them restarts nothing;
 * the rerun token is, so that changing it starts the same thing again. Sixteen hexadecimal digits.
 */
export function runHash(job: MPIJob, content?: PackageContent): string {
  const { runPolicy, ...what } = job.spec;
  const all = { ...what, rerun: runPolicy.rerun ?? '', packageContent: content?.sha256 };
  return digest(canonical(all)).slice(0, 16);
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys: equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether two values have the same {@link canonical} text, without writing it: each job's manifest is compared with its file's. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((one, at) => isSame(one, b[at]));
  }
  const [left, right] = [a as Fields, b as Fields];
  return (
    Object.keys(left).every(name => isSame(left[name], right[name])) &&
    Object.keys(right).every(name => right[name] === undefined || left[name] !== undefined)
  );
}
