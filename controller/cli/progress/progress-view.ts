import { PHASES } from '../../core/model/phase.js';
import type { JobRecord } from '../../core/model/record.js';
import { oneLine } from '../../shared/one-line.js';
import { age, took } from '../render/age.js';
import { type RungState, rungStates } from '../render/ladder.js';
import type { Paint, Style } from '../render/paint.js';
import { pad, truncate, width } from '../render/text.js';
import { waitWords } from './progress-lines.js';

export interface ViewOptions {
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** One line a job: name, ladder, what it waits on. Never wider or higher than the terminal. */
export function progressView(records: readonly JobRecord[], options: ViewOptions): readonly string[] {
  const { columns, rows, paint } = options;
  const ordered = [...records].sort(openFirst);
  const room = Math.max(1, rows - 1);
  const shown = ordered.length > room ? ordered.slice(0, Math.max(0, room - 1)) : ordered;
  const names = shown.map(nameOf);
  const nameWidth = Math.min(MAX_NAME, Math.max(0, ...names.map(width)));
  const phaseWidth = Math.max(0, ...shown.map(({ status }) => status.phase.length));
  const wide = nameWidth + GAP + FULL_WIDTH + GAP + MIN_NOTE <= columns;
  const lines = shown.map((record, i) => {
    const name: Segment = [pad(truncate(names[i] ?? '', nameWidth), nameWidth + GAP), 'bold'];
    return drawn(
      [name, ...(wide ? full(record) : compact(record, phaseWidth)), ...note(record, options)],
      options,
    );
  });
  const hidden = ordered.slice(shown.length);
  if (hidden.length === 0) return lines;
  const over = hidden.filter(record => record.status.phase === 'done').length;
  const more = `… and ${hidden.length} more ${hidden.length === 1 ? 'job' : 'jobs'}, ${over} done`;
  return [...lines, paint('dim', truncate(more, columns))];
}

type Segment = readonly [text: string, style?: Style];

const GAP = 3;
const MAX_NAME = 30;
/** A ladder with names is worth it only where the reason for waiting still fits beside it. */
const MIN_NOTE = 24;
const FULL_WIDTH = PHASES.map(phase => phase.length + 3).reduce((sum, n) => sum + n, 0) - 1;

const MARKS = {
  holds: ['●', 'green'],
  next: ['◐', 'yellow'],
  lost: ['◌', 'red'],
  ahead: ['○', 'dim'],
} as const satisfies Record<RungState, readonly [string, Style]>;

const OUTCOMES = { Succeeded: 'green', Failed: 'red', Cancelled: 'yellow' } as const;

function full(record: JobRecord): readonly Segment[] {
  const segments = rungStates(record).flatMap(([phase, state], i): readonly Segment[] => {
    const text: Segment = state === 'ahead' ? [` ${phase}`, 'dim'] : [` ${phase}`];
    return [...(i === 0 ? [] : [[' '] as const]), mark(record, phase, state), text];
  });
  return [...segments, [' '.repeat(GAP)]];
}

function compact(record: JobRecord, phaseWidth: number): readonly Segment[] {
  const marks = rungStates(record).map(([phase, state]) => mark(record, phase, state));
  return [...marks, [' '], [pad(record.status.phase, phaseWidth + GAP)]];
}

function mark({ status }: JobRecord, phase: string, state: RungState): Segment {
  const [symbol, style] = MARKS[state];
  return phase === 'done' && status.outcome !== undefined
    ? [symbol, OUTCOMES[status.outcome]]
    : [symbol, style];
}

/** The outcome, or what is waited on and for how long. The time stays when the words are cut. */
function note({ status }: JobRecord, { now }: ViewOptions): readonly Segment[] {
  const run = status.runs.at(-1);
  if (status.outcome !== undefined) {
    const time = run?.endedAt === undefined ? '' : ` ${took(run.endedAt - run.createdAt)}`;
    const words = status.outcome === 'Succeeded' || !status.message ? '' : `  ${oneLine(status.message)}`;
    return [[status.outcome + time, OUTCOMES[status.outcome]], [words]];
  }
  const [first] = status.waitingOn;
  if (first) return [[waitWords(status.waitingOn)], [` ${age(now - first.since)}`, 'dim']];
  if (status.phase === 'running' && run?.startedAt !== undefined) return [[age(now - run.startedAt), 'dim']];
  return [];
}

/** Segments on one line; the longest one that may lose characters, the last but one or the last, is cut to fit. */
function drawn(segments: readonly Segment[], { columns, paint }: ViewOptions): string {
  const total = segments.reduce((sum, [text]) => sum + width(text), 0);
  const last = segments.at(-1)?.[1] === 'dim' ? segments.length - 2 : segments.length - 1;
  let left = columns;
  return segments
    .map(([text, style], i) => {
      const over = i === last ? Math.max(0, total - columns) : 0;
      const cut = truncate(text, Math.min(left, Math.max(0, width(text) - over)));
      left -= width(cut);
      return style === undefined || cut === '' ? cut : paint(style, cut);
    })
    .join('')
    .trimEnd();
}

function nameOf({ key }: JobRecord): string {
  return key.replace(/^default\//, '');
}

function openFirst(a: JobRecord, b: JobRecord): number {
  const done = (record: JobRecord) => (record.status.phase === 'done' ? 1 : 0);
  return done(a) - done(b) || (a.key < b.key ? -1 : 1);
}
