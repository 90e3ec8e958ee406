import { existsSync, readFileSync } from 'node:fs';
import type { FaultRow } from '../../test/e2e/faults/support/table.js';

/** The fault runs that a run of the tests has noted; none where there is no such file. */
export function readRows(file: string): readonly FaultRow[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map(line => JSON.parse(line) as FaultRow);
}

/**
 * A Markdown table with one row for each fault and way to end, in the order in which they were first seen, and a sum.
 */
export function faultTable(rows: readonly FaultRow[]): string {
  const groups = new Map<string, readonly FaultRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.fault, row.outcome]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const body = [...groups.values()].map(group => [
    group[0]?.fault ?? '',
    String(group.length),
    group[0]?.outcome ?? '',
    range(group.map(({ seconds }) => seconds)),
  ]);
  const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  const sum = ['**all**', `**${rows.length}**`, '', `${(total / 60).toFixed(1)} min in all`];
  return table([['fault', 'runs', 'outcome', 'seconds'], ...body, sum]);
}

/** `3–5`, or `4` where both are the same. */
function range(seconds: readonly number[]): string {
  const [low, high] = [Math.min(...seconds), Math.max(...seconds)].map(one => one.toFixed(0));
  return low === high ? `${low}` : `${low}–${high}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(3, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n');
}
