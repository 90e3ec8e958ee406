import {
  isUnreadable,
  isUnsettled,
  type ManifestJob,
  type ManifestSet,
  type Problem,
} from '../../api/manifest/manifests.js';
import type { PackageContent } from '../../api/types/package.js';
import type { ManifestState } from '../../core/job/inputs.js';
import { PACKAGE_UNAVAILABLE } from '../../core/model/reason.js';
import type { JobRecord } from '../../core/model/record.js';
import type { ManifestNote } from '../../core/model/step.js';
import { runHash } from '../../core/text/digest.js';
import { fileOf } from '../../core/text/source.js';
import { given } from '../../shared/given.js';

/** The folder's jobs and problems by job key: one reading serves many jobs. */
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
  if (job && (job.file === own || !isUnreadable(set, own))) return withPackage(job, record);
  if (!set.readable) return invalid(set.error ?? 'the manifest folder cannot be read');
  const problem = problems.get(key);
  if (problem) return invalid(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
  if (isUnreadable(set, own)) return invalid(`${own} cannot be read`);
  return { kind: 'removed' };
}

/**
 * A package that cannot be used, or may still be being written, is as little a change as a broken file is: the job keeps what was
 * in it. An edit of what runs waits for its package, so that both together are one edit.
 */
function withPackage(job: ManifestJob, record: JobRecord | undefined): ManifestState {
  const { manifest, package: found } = job;
  // First match wins
  if (found === undefined) return valid(job);
  if (found.state === 'ready') return valid(job, found.content);
  const note =
    found.state === 'unusable'
      ? ({ status: 'False', reason: PACKAGE_UNAVAILABLE, message: found.message } as const)
      : undefined;
  const content = record?.package;
  if (record && content && runHash(manifest, content) === record.runHash) return valid(job, content, note);
  if (!note) return { kind: 'unknown' };
  // No valid manifest before: report what is missing as what the job waits for
  const isFirst = record === undefined || (!content && record.manifest.spec.package !== undefined);
  return isFirst ? valid(job, undefined, note) : { kind: 'unknown', note };
}

function valid(
  { manifest, file, line, again }: ManifestJob,
  content?: PackageContent,
  noted?: ManifestNote,
): ManifestState {
  const source = `${file}:${line}`;
  const note = noted ?? (again && definedTwice(source, again));
  return {
    ...{ kind: 'valid', manifest, source },
    ...given({ package: content, note }),
  };
}

function definedTwice(source: string, again: readonly string[]): ManifestNote {
  const message = `duplicate job: using ${source}, ignoring ${again.join(', ')}; rename or remove one`;
  return { status: 'True', reason: 'DefinedTwice', message };
}

function invalid(message: string): ManifestState {
  return { kind: 'unknown', note: { status: 'False', reason: 'Invalid', message } };
}
