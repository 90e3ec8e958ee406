import { produce } from 'immer';
import type { Mutable } from '../model/mutable.js';
import type { JobRecord, JobStatus, RunStatus } from '../model/record.js';
import { addEvent } from './events.js';

/** The record with a note, once, of each run whose znodes could not be removed; the same reference where there is none. */
export function withLeftBehind(
  record: JobRecord,
  leftBehind: ReadonlyMap<string, string>,
  now: number,
): JobRecord {
  if (leftBehind.size === 0) return record;
  return produce(record, draft => {
    const status = draft.status as Mutable<JobStatus>;
    for (const run of status.runs as Mutable<RunStatus>[]) {
      const why = leftBehind.get(run.id);
      if (why === undefined || run.leftBehind) continue;
      run.leftBehind = true;
      const message = `run ${run.number}: its znodes cannot be removed and are left behind: ${why}`;
      addEvent(status, { at: now, type: 'Warning', reason: 'ZnodesLeft', message });
    }
  });
}
