import {
  isUnreadable,
  isUnsettled,
  type ManifestJob,
  type ManifestSet,
  type Problem,
} from '../api/manifests.js';
import type { ManifestState } from '../core/assess.js';
import type { JobRecord } from '../core/record.js';

/** The folder's jobs and problems by job key: one look serves many jobs. */
export interface ManifestIndex {
  readonly set: ManifestSet;
  readonly jobs: ReadonlyMap<string, ManifestJob>;
  readonly problems: ReadonlyMap<string, Problem>;
}

export function indexOf(set: ManifestSet): ManifestIndex {
  const problems = new Map<string, Problem>();
  for (const problem of set.problems)
    if (problem.job !== undefined && !problems.has(problem.job)) problems.set(problem.job, problem);
  return { set, jobs: new Map(set.jobs.map(job => [job.key, job])), problems };
}

/**
 * What the folder says of one job. A broken file is not a deleted file: a job that a faulty text names, or that was
 * last read from a file that cannot be read now, keeps its last good manifest.
 */
export function manifestState(
  { set, jobs, problems }: ManifestIndex,
  key: string,
  record: JobRecord | undefined,
): ManifestState {
  const own = fileOf(record?.source ?? '');
  const job = jobs.get(key);
  // Another file defines the job too, and its own one may still do so
  if (isUnsettled(set, own) && job?.file !== own) return { kind: 'unknown' };
  if (job && (job.file === own || !isUnreadable(set, own))) return valid(job);
  if (!set.readable) return invalid(set.error ?? 'the manifest folder cannot be read');
  const problem = problems.get(key);
  if (problem) return invalid(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
  if (isUnreadable(set, own)) return invalid(`${own} cannot be read`);
  return { kind: 'removed' };
}

/** `team/ring.yaml` of `team/ring.yaml:3`. */
export function fileOf(source: string): string {
  return source.replace(/:\d+$/, '');
}

function valid({ manifest, file, line, again }: ManifestJob): ManifestState {
  const source = `${file}:${line}`;
  if (again === undefined) return { kind: 'valid', manifest, source };
  const message = `${source} counts, ${again.join(', ')} does not: the job is defined more than once, rename or remove one`;
  return { kind: 'valid', manifest, source, note: { status: 'True', reason: 'DefinedTwice', message } };
}

function invalid(message: string): ManifestState {
  return { kind: 'unknown', note: { status: 'False', reason: 'Invalid', message } };
}
