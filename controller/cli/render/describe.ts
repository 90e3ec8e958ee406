import { mpirunCommand } from '../../core/mpirun.js';
import type { JobRecord, PlacedRanks, RunStatus } from '../../core/record.js';
import { age, timestamp, took } from './age.js';
import { reachedAt, rungStates } from './ladder.js';
import type { Paint } from './paint.js';
import { retries } from './retries.js';
import { indent, oneLine, shellQuoted, table } from './text.js';

export interface DescribeOptions {
  readonly now: number;
  readonly paint: Paint;
}

/** All that is known of a job, section by section; a section that would say nothing is left out. */
export function describeJob(record: JobRecord, options: DescribeOptions): readonly string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Waiting on', waiting(record, options)],
    ['Ladder', ladder(record)],
    ['Conditions', conditions(record, options)],
    ['Workers', workers(record, options)],
    ['Runs', runs(record, options)],
    ['Placement', placement(record.status.runs.at(-1)?.placement ?? [], options.paint)],
    ['Command', mpirun(record)],
    ['Events', events(record, options)],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  const body = shown.flatMap(([title, lines]) => ['', options.paint('bold', `${title}:`), ...indent(lines)]);
  return [...header(record, options), ...body];
}

function header(record: JobRecord, { now, paint }: DescribeOptions): readonly string[] {
  const { manifest, status } = record;
  const { metadata, spec } = manifest;
  const run = status.runs.at(-1);
  const at = (ms: number | undefined) =>
    ms === undefined ? undefined : `${timestamp(ms)} (${age(now - ms)} ago)`;
  const { replicas, slots, maxPerNode, user } = spec.workers;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace],
    ['Labels', pairs(metadata.labels)],
    ['Annotations', pairs(metadata.annotations)],
    ['UID', record.uid],
    ['Generation', `${record.generation} (observed ${status.observedGeneration})`],
    ['Manifest', record.source],
    ['Phase', status.phase],
    ['Outcome', outcome(record, paint)],
    ['Exit code', status.exitCode === undefined ? undefined : String(status.exitCode)],
    ['Reason', status.reason],
    ['Message', status.message === undefined ? undefined : oneLine(status.message)],
    ['Created', at(record.createdAt)],
    ['Started', at(status.startTime)],
    ['Completed', at(status.completionTime)],
    [
      'Image',
      run?.image === undefined || run.image === spec.image ? spec.image : `${spec.image} (runs ${run.image})`,
    ],
    ['Launcher', spec.launcher.mode],
    [
      'Workers',
      `${replicas} with ${slots} ${slots === 1 ? 'slot' : 'slots'} each` +
        (maxPerNode === undefined ? '' : `, at most ${maxPerNode} on a node`) +
        (user === undefined ? '' : `, as ${user}`),
    ],
    ['Network', spec.network.name + (spec.network.encrypted ? ' (encrypted)' : '')],
    ['Priority', spec.runPolicy.priority === 0 ? undefined : String(spec.runPolicy.priority)],
    ['Retries', retries(spec.runPolicy)],
  ];
  return table(
    fields.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[`${name}:`, value]])),
    2,
  );
}

function pairs(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${oneLine(value)}`)
    .join(', ');
}

function outcome({ status }: JobRecord, paint: Paint): string | undefined {
  if (status.outcome === undefined) return undefined;
  const style = ({ Succeeded: 'green', Failed: 'red', Cancelled: 'yellow' } as const)[status.outcome];
  return paint(style, status.outcome);
}

function waiting({ status }: JobRecord, { now, paint }: DescribeOptions): readonly string[] {
  if (status.waitingOn.length === 0) return [];
  const rows = status.waitingOn.map(w => [w.for, w.reason, age(now - w.since), oneLine(w.message)]);
  return titled(['FOR', 'REASON', 'SINCE', 'MESSAGE'], rows, paint);
}

/**
 * Each rung with when the run first reached it, and how long after the one below. A rung that was reached and does not
 * hold any more says so.
 */
function ladder(record: JobRecord): readonly string[] {
  const run = record.status.runs.at(-1);
  if (!run) return [];
  let before = run.createdAt;
  const rows = rungStates(record).map(([phase, state]) => {
    const reached = reachedAt(record, phase);
    if (reached === undefined) return [`○ ${phase}`];
    const step = phase === 'pending' ? '' : `+${took(reached - before)}`;
    before = reached;
    const lost = state === 'lost' || (state === 'next' && phase !== 'running');
    return [`${lost ? '○' : '●'} ${phase}`, timestamp(reached), step, lost ? 'lost again' : ''];
  });
  return table(rows);
}

function conditions({ status }: JobRecord, { now, paint }: DescribeOptions): readonly string[] {
  if (status.conditions.length === 0) return [];
  const rows = status.conditions.map(c => [
    c.type,
    c.status,
    c.reason,
    age(now - c.lastTransitionTime),
    oneLine(c.message),
  ]);
  return titled(['TYPE', 'STATUS', 'REASON', 'AGE', 'MESSAGE'], rows, paint);
}

function workers({ status }: JobRecord, { paint }: DescribeOptions): readonly string[] {
  if (status.workers.length === 0) return [];
  const rows = status.workers.map(w => [
    String(w.index),
    w.node || '-',
    w.address || '-',
    w.state,
    w.ssh,
    w.registered ? 'yes' : 'no',
    w.ranks || '-',
    oneLine(w.message ?? ''),
  ]);
  const notes = rows.some(row => row.at(-1) !== '');
  const columns = ['INDEX', 'NODE', 'ADDRESS', 'STATE', 'SSH', 'REGISTERED', 'RANKS', 'MESSAGE'];
  if (notes) return titled(columns, rows, paint);
  return titled(
    columns.slice(0, -1),
    rows.map(row => row.slice(0, -1)),
    paint,
  );
}

function runs({ status }: JobRecord, { now, paint }: DescribeOptions): readonly string[] {
  if (status.runs.length === 0) return [];
  const rows = status.runs.map(run => [
    String(run.number),
    run.id,
    String(run.generation),
    run.outcome ?? 'open',
    run.exitCode === undefined ? '-' : String(run.exitCode),
    age(now - run.createdAt),
    duration(run),
    run.reason ?? '-',
    oneLine(run.message ?? ''),
  ]);
  return titled(
    ['RUN', 'ID', 'GENERATION', 'OUTCOME', 'EXIT', 'AGE', 'TOOK', 'REASON', 'MESSAGE'],
    rows,
    paint,
  );
}

function duration(run: RunStatus): string {
  return run.endedAt === undefined ? '-' : took(run.endedAt - run.createdAt);
}

/** One row for each worker, so that many ranks stay readable. */
export function placement(places: readonly PlacedRanks[], paint: Paint): readonly string[] {
  if (places.length === 0) return [];
  const rows = places.map(([worker, node, ranks]) => [
    ranks,
    worker < 0 ? 'launcher' : String(worker),
    node || '-',
  ]);
  return titled(['RANKS', 'WORKER', 'NODE'], rows, paint);
}

function mpirun({ status, manifest }: JobRecord): readonly string[] {
  const run = status.runs.at(-1);
  const { network } = manifest.spec;
  const command = shellQuoted(
    mpirunCommand(manifest, run?.subnet ?? network.subnet ?? `<subnet of ${network.name}>`),
  );
  return [command, ...(run?.mpirun === undefined ? [] : [`(${oneLine(run.mpirun)})`])];
}

function events({ status }: JobRecord, { now, paint }: DescribeOptions): readonly string[] {
  if (status.events.length === 0) return [];
  const rows = status.events.map(e => [
    e.type,
    e.reason,
    e.count > 1 ? `${age(now - e.at)} (x${e.count})` : age(now - e.at),
    oneLine(e.message),
  ]);
  return titled(['TYPE', 'REASON', 'AGE', 'MESSAGE'], rows, paint);
}

function titled(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): readonly string[] {
  const [head = '', ...lines] = table([columns, ...rows]);
  return [paint('dim', head), ...lines];
}
