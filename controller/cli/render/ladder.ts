import { PHASES, type Phase } from '../../core/model/phase.js';
import type { ReasonName } from '../../core/model/reasons.js';
import type { JobRecord } from '../../core/model/record.js';

/** When the current run first reached a rung, in milliseconds since the epoch; undefined while it has not. */
export function reachedAt({ status }: JobRecord, phase: Phase): number | undefined {
  const run = status.runs.at(-1);
  // A run notes its rungs until it ends; that everything is settled is the job's affair
  if (phase === 'done') return status.phase === 'done' ? (run?.phases.done ?? run?.endedAt) : undefined;
  return run?.phases[phase];
}

/** `holds` now, is `next` to be reached, is `lost` again, or is still `ahead`. */
export type RungState = 'holds' | 'next' | 'lost' | 'ahead';

/** Waits that only time or a person ends; nothing is under way. */
const IDLE = new Set<ReasonName>(['Suspended', 'BackOff']);

/** The state of each rung, lowest first. A running job is on its way to done, so `running` is what is under way. */
export function rungStates(record: JobRecord): readonly (readonly [Phase, RungState])[] {
  const { status } = record;
  const current = PHASES.indexOf(status.phase);
  const idle = status.waitingOn.some(wait => IDLE.has(wait.reason)) || status.runs.length === 0;
  const under = idle || status.phase === 'done' ? -1 : status.phase === 'running' ? current : current + 1;
  return PHASES.map((phase, i) => {
    // First match wins
    if (i === under) return [phase, 'next'];
    if (status.phase === 'done' && phase !== 'done')
      return [phase, reachedAt(record, phase) === undefined ? 'ahead' : 'holds'];
    if (i <= current) return [phase, 'holds'];
    return [phase, reachedAt(record, phase) === undefined || idle ? 'ahead' : 'lost'];
  });
}
