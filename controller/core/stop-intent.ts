import type { JobRecord, RunStatus } from './record.js';

/** Why a run that has not ended should end now. */
export type StopIntent = 'deleted' | 'superseded' | 'cancelled' | 'suspended' | 'deadline';

/** @param deleted the job's manifest is gone. */
export function stopIntent(
  record: JobRecord,
  run: RunStatus,
  now: number,
  deleted: boolean,
): StopIntent | undefined {
  const policy = record.manifest.spec.runPolicy;
  const since = record.status.startTime ?? run.createdAt;
  // First match wins: what removes more comes first
  if (deleted) return 'deleted';
  if (policy.cancel) return 'cancelled';
  if (run.generation < record.generation) return 'superseded';
  if (policy.suspend) return 'suspended';
  if (policy.activeDeadlineSeconds !== undefined && now - since > policy.activeDeadlineSeconds * 1_000)
    return 'deadline';
  // What was asked to end ends for that reason, even when the reason has gone meanwhile: it cannot be called back
  return run.stopping;
}

/** The reason in words. */
export function stopWords(why: StopIntent, record: JobRecord): string {
  const { activeDeadlineSeconds = 0 } = record.manifest.spec.runPolicy;
  const words = {
    deleted: 'the manifest was removed',
    superseded: `generation ${record.generation} replaces it`,
    cancelled: 'spec.runPolicy.cancel is true',
    suspended: 'spec.runPolicy.suspend is true',
    deadline: `the job took longer than ${activeDeadlineSeconds} s`,
  } satisfies Record<StopIntent, string>;
  return words[why];
}
