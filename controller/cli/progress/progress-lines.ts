import { PHASES } from '../../core/model/phase.js';
import type { JobRecord, RunStatus, Waiting } from '../../core/model/record.js';
import { firstFew } from '../../shared/list-words.js';
import { oneLine } from '../../shared/one-line.js';
import { took } from '../render/age.js';

export interface ProgressLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `namespace/name`, where the line is about one job. */
  readonly job?: string;
  readonly text: string;
}

/**
 * What is worth telling of a job between two of its records: each rung as it is reached, a rung that was lost, the end of
 * a run, the outcome, and what is waited on whenever the kind of it changes. Nothing when only words or numbers moved.
 */
export function jobLines(record: JobRecord, before: JobRecord | undefined): readonly ProgressLine[] {
  const steps = [...manifestLines(record, before), ...rungLines(record, before), ...endLines(record, before)];
  const waits = waitLine(record, before);
  const last = steps.at(-1);
  if (!waits) return steps.map(line => ({ ...line, job: record.key }));
  // What comes next belongs on the line that says how far it is
  const joined: Line = last
    ? { level: last.level, text: `${last.text}; ${waits}` }
    : { level: 'info', text: waits };
  return [...steps.slice(0, -1), joined].map(line => ({ ...line, job: record.key }));
}

type Line = Omit<ProgressLine, 'job'>;

/** A job that is kept although its manifest is missing. Errors in a file are reported with their place, not here. */
function manifestLines(record: JobRecord, before: JobRecord | undefined): readonly Line[] {
  const [now, last] = [record, before].map(one =>
    one?.status.conditions.find(({ type }) => type === 'ManifestValid'),
  );
  if (now?.status === 'Unknown' && now.reason !== last?.reason)
    return [{ level: 'warn', text: oneLine(now.message) }];
  if (now?.status !== 'Unknown' && last?.status === 'Unknown')
    return [{ level: 'info', text: `its manifest is back: ${record.source}` }];
  return [];
}

function rungLines(record: JobRecord, before: JobRecord | undefined): readonly Line[] {
  const run = record.status.runs.at(-1);
  if (!run) return [];
  const old = before?.status.runs.find(r => r.id === run.id);
  // `done` is reported with the outcome
  const reached = PHASES.filter(
    phase => phase !== 'done' && run.phases[phase] !== undefined && old?.phases[phase] === undefined,
  );
  const lines = reached.map((phase): Line => {
    const after = phase === 'pending' ? '' : ` (${took((run.phases[phase] ?? 0) - run.createdAt)})`;
    return { level: 'info', text: `${prefix(run)}${phase}${after}` };
  });
  const { phase } = record.status;
  const lost =
    old && run.outcome === undefined && PHASES.indexOf(phase) < PHASES.indexOf(before?.status.phase ?? phase);
  return lost ? [...lines, { level: 'warn', text: `${prefix(run)}back to ${phase}` }] : lines;
}

/** First runs are the rule; their number would only be in the way. */
function prefix(run: RunStatus): string {
  return run.number === 1 ? '' : `run ${run.number}: `;
}

function endLines(record: JobRecord, before: JobRecord | undefined): readonly Line[] {
  const { outcome, message } = record.status;
  const run = record.status.runs.at(-1);
  const old = before?.status.runs.find(r => r.id === run?.id);
  const level = (ended: string | undefined) => (ended === 'Failed' ? 'error' : 'info');
  if (outcome !== undefined && before?.status.outcome !== outcome) {
    const time = run?.endedAt === undefined ? '' : ` (${took(run.endedAt - run.createdAt)})`;
    return [
      { level: level(outcome), text: `done: ${outcome}${time}${message ? `: ${oneLine(message)}` : ''}` },
    ];
  }
  if (run?.outcome === undefined || old?.outcome !== undefined || outcome !== undefined) return [];
  return [
    { level: level(run.outcome), text: `run ${run.number} ended: ${oneLine(run.message ?? run.outcome)}` },
  ];
}

function waitLine({ status }: JobRecord, before: JobRecord | undefined): string | undefined {
  const [first] = status.waitingOn;
  if (!first || kinds(status.waitingOn) === kinds(before?.status.waitingOn ?? [])) return undefined;
  return `waits for ${first.for}: ${waitWords(status.waitingOn)}`;
}

function kinds(waiting: readonly Waiting[]): string {
  return [...new Set(waiting.map(wait => `${wait.for} ${wait.reason}`))].sort().join('\n');
}

/** The first thing waited on, and how many more there are. */
export function waitWords(waiting: readonly Waiting[]): string {
  const messages = waiting.map(({ message }) => oneLine(message));
  return firstFew(messages, { shown: 1 }).join(', ');
}
