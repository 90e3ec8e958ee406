import type { JobRecord } from '../../controller/core/model/record.js';

const REASONS = ['Suspended', 'BackOff'];

/** Where a job is, by its record: its phase, and what else a fault can wait for. */
export function momentsOf({ status }: JobRecord): readonly string[] {
  const { phase, reason = '', runs } = status;
  const run = runs.at(-1);
  const stopping = run?.stopping !== undefined && run.outcome === undefined;
  return [phase, ...(stopping ? ['Stopping'] : []), ...(REASONS.includes(reason) ? [reason] : [])];
}
