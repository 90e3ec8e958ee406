import { oneLine } from '../../shared/one-line.js';
import type { Mutable } from '../model/mutable.js';
import {
  type JobStatus,
  MAX_RANKS,
  type RankCounts,
  type RankStatus,
  type RunStatus,
} from '../model/record.js';
import type { RunEnd } from '../model/run-end.js';
import type { RankReport, RunWorld } from '../model/world.js';

/** Of the ranks that failed, so many keep their words in the job's record, and so many in the history of runs. */
const MAX_ERRORS = 16;
const MAX_FAILURES = 4;
/** In characters. */
const MAX_ERROR = 300;

/** Notes what ranks say of themselves: the job's status lists them, the run counts them. Nothing where none says anything. */
export function setRanks(
  status: Mutable<JobStatus>,
  run: Mutable<RunStatus>,
  znodes: RunWorld | undefined,
): void {
  if (!znodes) return;
  const reported = znodes.ranks.length > 0 ? rankStates(znodes.ranks) : undefined;
  if (JSON.stringify([status.ranks, run.ranks]) === JSON.stringify([reported?.ranks, reported?.counts]))
    return;
  if (reported) {
    status.ranks = reported.ranks;
    run.ranks = reported.counts;
  } else {
    delete status.ranks;
    delete run.ranks;
  }
}

/** What is kept of reports on any number of ranks. The failed ones come before others that there is no room for. */
export function rankStates(reports: readonly RankReport[]): {
  readonly ranks: readonly RankStatus[];
  readonly counts: RankCounts;
} {
  const failed = failures(reports);
  const worded = new Set(failed.slice(0, MAX_ERRORS));
  const others = reports.filter(({ state }) => state !== 'FAILED');
  const kept = [...failed, ...others].slice(0, MAX_RANKS).sort((a, b) => a.rank - b.rank);
  const count = (state: RankReport['state']) => reports.filter(one => one.state === state).length;
  return {
    ranks: kept.map(report => rankStatus(report, worded.has(report))),
    counts: {
      started: count('STARTED'),
      completed: count('COMPLETED'),
      failed: failed.length,
      failures: failed.slice(0, MAX_FAILURES).map(report => rankStatus(report, true)),
    },
  };
}

/** The end of a failed run, with the words of the rank that failed first before all others. */
export function withRankFailure(end: RunEnd, reports: readonly RankReport[]): RunEnd {
  const [first, ...others] = failures(reports);
  if (end.outcome !== 'Failed' || !first) return end;
  const why = first.error === undefined ? '' : `: ${brief(first.error)}`;
  const more =
    others.length === 0
      ? ''
      : ` (and ${others.length} more ${others.length === 1 ? 'rank' : 'ranks'} failed)`;
  return { ...end, message: `rank ${first.rank} failed${why}${more}; ${end.message}` };
}

/** Those that failed, the first one first; the clocks of their workers may differ a little. */
function failures(reports: readonly RankReport[]): readonly RankReport[] {
  return reports.filter(({ state }) => state === 'FAILED').sort((a, b) => a.at - b.at || a.rank - b.rank);
}

function rankStatus({ rank, worker, state, at, error }: RankReport, worded: boolean): RankStatus {
  const reported = { rank, worker, state, since: at };
  return worded && error !== undefined ? { ...reported, error: brief(error) } : reported;
}

/** On one line, without what could steer a terminal, and cut where it is long. */
function brief(error: string): string {
  const line = oneLine(error);
  return line.length > MAX_ERROR ? `${line.slice(0, MAX_ERROR)}…` : line;
}
