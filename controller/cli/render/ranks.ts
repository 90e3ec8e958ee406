import type { JobRecord, RankCounts, RankState, RankStatus } from '../../core/model/record.js';
import { oneLine } from '../../shared/one-line.js';
import { age } from './age.js';
import type { Paint } from './paint.js';
import { titled } from './titled.js';

interface RankOptions {
  readonly now: number;
  readonly paint: Paint;
  readonly columns?: number;
}

/** What the ranks of a job's last run say of themselves; of an earlier run, how many said what, and the first that failed. */
export function rankRows({ status }: JobRecord, options: RankOptions): readonly string[] {
  const counts = status.runs.at(-1)?.ranks;
  if (!counts) return [];
  const ranks = status.ranks ?? counts.failures;
  return [...rows(ranks, options), ...rest(counts, ranks)];
}

function rows(ranks: readonly RankStatus[], options: RankOptions): readonly string[] {
  if (ranks.length === 0) return [];
  const { now, paint } = options;
  const cells = ranks.map(({ rank, worker, state, since, error }) => [
    String(rank),
    String(worker),
    paint(STYLES[state], state),
    age(now - since),
    ...(ranks.some(one => one.error !== undefined) ? [oneLine(error ?? '')] : []),
  ]);
  const columns = ['RANK', 'WORKER', 'STATE', 'SINCE', 'ERROR'].slice(0, cells[0]?.length);
  return titled(columns, cells, options);
}

const STYLES = { STARTED: 'yellow', COMPLETED: 'green', FAILED: 'red' } as const satisfies Record<
  RankState,
  string
>;

/** Ranks that are counted and not listed. */
function rest(counts: RankCounts, listed: readonly RankStatus[]): readonly string[] {
  const left = (all: number, state: RankState) => all - listed.filter(rank => rank.state === state).length;
  const words = [
    [left(counts.failed, 'FAILED'), 'FAILED'],
    [left(counts.completed, 'COMPLETED'), 'COMPLETED'],
    [left(counts.started, 'STARTED'), 'STARTED'],
  ] as const;
  const more = words.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  if (more.length === 0) return [];
  return [`${listed.length === 0 ? '' : 'and '}${more.join(', ')}`];
}
