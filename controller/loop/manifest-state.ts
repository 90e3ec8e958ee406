import { isUnreadable, type ManifestSet } from '../api/manifests.js';
import type { ManifestState } from '../core/assess.js';
import type { JobRecord } from '../core/record.js';

/**
 * What the folder says of one job. A broken file is not a deleted file: a job that a faulty text names, or that was
 * last read from a file that cannot be read now, keeps its last good manifest.
 */
export function manifestState(set: ManifestSet, key: string, record: JobRecord | undefined): ManifestState {
  const job = set.jobs.find(j => j.key === key);
  if (job) return { kind: 'valid', manifest: job.manifest, source: `${job.file}:${job.line}` };
  if (!set.readable) return { kind: 'unknown', problem: set.error ?? 'the manifest folder cannot be read' };
  const problem = set.problems.find(p => p.job === key);
  if (problem)
    return {
      kind: 'unknown',
      problem: `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`,
    };
  const file = record?.source.replace(/:\d+$/, '') ?? '';
  if (isUnreadable(set, file)) return { kind: 'unknown', problem: `${file} cannot be read` };
  return { kind: 'removed' };
}
