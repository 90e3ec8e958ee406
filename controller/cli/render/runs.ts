import type { RunOutput, RunStatus } from '../../core/model/record.js';
import { oneLine } from '../../shared/one-line.js';
import { age, took } from './age.js';
import type { Paint } from './paint.js';
import { titled } from './titled.js';

/** One row for each run: how it ended, when mpirun was started, how long that took and how long it ran, what is kept. */
export function runHistory(
  runs: readonly RunStatus[],
  options: { readonly now: number; readonly paint: Paint; readonly columns?: number },
): readonly string[] {
  if (runs.length === 0) return [];
  const rows = runs.map(run => [
    String(run.number),
    String(run.generation),
    run.outcome ?? 'open',
    run.exitCode === undefined ? '-' : String(run.exitCode),
    run.startedAt === undefined ? '-' : `${age(options.now - run.startedAt)} ago`,
    run.startedAt === undefined ? '-' : took(run.startedAt - run.createdAt),
    run.startedAt === undefined || run.endedAt === undefined ? '-' : took(run.endedAt - run.startedAt),
    run.output ? kept(run.output) : '-',
    end(run),
  ]);
  return titled(
    ['RUN', 'GEN', 'OUTCOME', 'EXIT', 'STARTED', 'WAITED', 'RAN', 'OUTPUT', 'WHY'],
    rows,
    options,
  );
}

function end({ reason, message, disruption }: RunStatus): string {
  if (reason === undefined) return '-';
  const by = disruption ? ` (disrupted: ${oneLine(disruption.message)})` : '';
  return (message ? `${reason}: ${oneLine(message)}` : reason) + by;
}

function kept({ bytes, removed }: RunOutput): string {
  return removed ? 'removed' : size(bytes);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `340 B`, `1.2 MiB`. */
function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power]}`;
}
