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
  return undefined;
}
