import { firstFew } from '../../shared/list-words.js';
import { starter } from '../desired/start-command.js';
import type { Facts } from '../ladder/facts.js';
import { INTENTS, type JobRecord, type RunStatus, type StopIntent } from '../model/record.js';
import { isLostForGood, LOST_WORKER_GRACE_MS } from '../observed/lost-workers.js';
import type { RunView } from '../observed/run-view.js';
import { isOverdue } from './next-step.js';

/**
 * Why a run should end, by all that is known of it. What was asked to end ends for that reason, or for a stronger one, even
 * when the reason has gone meanwhile: it cannot be called back.
 * @param deleted the job's manifest is gone.
 */
export function runIntent(view: RunView, facts: Facts, deleted: boolean): StopIntent | undefined {
  const { record, run, now } = view;
  const found: readonly (StopIntent | undefined)[] = [
    run.stopping,
    stopIntent(record, run, now, deleted),
    !facts.started && startIsOverdue(record, run, now) ? 'start-deadline' : undefined,
    isLostForGood(view) ? 'worker-lost' : undefined,
  ];
  return INTENTS.find(intent => found.includes(intent));
}

/**
 * Why a run should end, by its job's manifest.
 * @param deleted the job's manifest is gone.
 */
export function stopIntent(
  record: JobRecord,
  run: RunStatus,
  now: number,
  deleted: boolean,
): StopIntent | undefined {
  const policy = record.manifest.spec.runPolicy;
  // First match wins: what removes more comes first
  if (deleted) return 'deleted';
  if (policy.cancel) return 'cancelled';
  if (run.generation < record.generation) return 'superseded';
  if (policy.suspend) return 'suspended';
  return isOverdue(record, now) ? 'deadline' : run.stopping;
}

function startIsOverdue({ manifest }: JobRecord, { createdAt }: RunStatus, now: number): boolean {
  const seconds = manifest.spec.runPolicy.startDeadlineSeconds;
  return seconds !== undefined && now - createdAt > seconds * 1_000;
}

/** The reason in words. */
export function stopWords(why: StopIntent, { generation, manifest, status }: JobRecord): string {
  const { activeDeadlineSeconds = 0, startDeadlineSeconds = 0 } = manifest.spec.runPolicy;
  const lost = (status.losses ?? []).map(({ message }) => message);
  const command = starter(manifest);
  const words = {
    deleted: 'the manifest was removed',
    superseded: `generation ${generation} replaces it`,
    cancelled: 'spec.runPolicy.cancel is true',
    suspended: 'spec.runPolicy.suspend is true',
    deadline: `the job took longer than ${activeDeadlineSeconds} s`,
    'start-deadline': `${command} was not started within ${startDeadlineSeconds} s`,
    'worker-lost': [
      ...firstFew(lost, { noun: 'worker' }),
      `${command} did not end by itself within ${LOST_WORKER_GRACE_MS / 1_000} s`,
    ].join('; '),
  } satisfies Record<StopIntent, string>;
  return words[why];
}
