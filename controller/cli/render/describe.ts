import { groupsOf, type IndexedGroup } from '../../api/types/groups.js';
import { isCommandJob, started } from '../../core/desired/start-command.js';
import type { Phase } from '../../core/model/phase.js';
import type { JobRecord, PlacedRanks, RunStatus } from '../../core/model/record.js';
import { oneLine } from '../../shared/one-line.js';
import { age, timestamp, took } from './age.js';
import { reachedAt, rungStates } from './ladder.js';
import type { Paint } from './paint.js';
import { rankRows } from './ranks.js';
import { retries, unreachable } from './retries.js';
import { runHistory } from './runs.js';
import { indent, shellQuoted, table } from './text.js';
import { titled } from './titled.js';

export interface DescribeOptions {
  readonly now: number;
  readonly paint: Paint;
  /** Number of the run to show in full; the last one otherwise. */
  readonly run?: number;
  /** Columns of the terminal; lines are not wrapped where there is none. */
  readonly columns?: number;
}

/** All that is known of a job, section by section; a section that would say nothing is left out. */
export function describeJob(record: JobRecord, options: DescribeOptions): readonly string[] {
  const { runs } = record.status;
  const last = runs.at(-1);
  const chosen = options.run === undefined ? last : runs.find(run => run.number === options.run);
  const earlier = chosen !== last;
  // Suspended, or waiting for its next attempt: what is shown is the run that has ended
  const over = last?.outcome !== undefined && record.status.phase === 'pending';
  const ofRun = earlier || over ? ` of run ${chosen?.number}` : '';
  // The record as it is at its chosen run, so that every section speaks of the same one
  const shown = earlier && chosen ? atRun(record, chosen) : record;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Waiting on', waiting(record, options)],
    [`Ladder${ofRun}`, ladder(shown, earlier || over)],
    ['Conditions', conditions(record, options)],
    [`Workers${ofRun}${last?.outcome ? ', as last seen' : ''}`, earlier ? [] : workers(record, options)],
    [`Ranks${ofRun}`, rankRows(shown, options)],
    ['Runs', runHistory(runs, options)],
    [`Placement${ofRun}`, placement(chosen?.placement ?? [], options.paint)],
    ['Command', earlier ? [] : command(record)],
    ['Events', events(record, options)],
  ];
  const filled = sections.filter(([, lines]) => lines.length > 0);
  const body = filled.flatMap(([title, lines]) => ['', options.paint('bold', `${title}:`), ...indent(lines)]);
  return [...header(record, options), ...body];
}

/** Only counts are kept of the ranks of an earlier run. */
function atRun({ status, ...record }: JobRecord, run: RunStatus): JobRecord {
  const { ranks: _, ...rest } = status;
  return { ...record, status: { ...rest, runs: [run] } };
}

function header(record: JobRecord, { now, paint, columns }: DescribeOptions): readonly string[] {
  const { manifest, status } = record;
  const { metadata, spec } = manifest;
  const run = status.runs.at(-1);
  const at = (ms: number | undefined) =>
    ms === undefined ? undefined : `${timestamp(ms)} (${age(now - ms)} ago)`;
  const { groups, user } = spec.workers;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace],
    ['Labels', pairs(metadata.labels)],
    ['Annotations', pairs(metadata.annotations)],
    ['UID', record.uid],
    ['Generation', `${record.generation} (observed ${status.observedGeneration})`],
    ['Manifest', record.source],
    ['Phase', status.phase],
    ['Run', run?.id],
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
      groupsOf(manifest).map(groupWords).join('; ') +
        (user === undefined ? '' : `${groups === undefined ? ',' : ';'} as ${user}`),
    ],
    ['Network', spec.network.name + (spec.network.encrypted ? ' (encrypted)' : '')],
    ['Priority', spec.runPolicy.priority === 0 ? undefined : String(spec.runPolicy.priority)],
    ['Retries', retries(spec.runPolicy)],
    ['Unreachable', unreachable(spec.runPolicy)],
  ];
  return table(
    fields.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[`${name}:`, value]])),
    2,
    columns,
  );
}

/** `4 with 2 slots each, at most 1 on a node`, with the name of its group before it. */
function groupWords({ name, replicas, slots, maxPerNode }: IndexedGroup): string {
  const most = maxPerNode === undefined ? '' : `, at most ${maxPerNode} on a node`;
  return `${name === '' ? '' : `${name}: `}${replicas} with ${slots} ${slots === 1 ? 'slot' : 'slots'} each${most}`;
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

function waiting({ status }: JobRecord, options: DescribeOptions): readonly string[] {
  if (status.waitingOn.length === 0) return [];
  const rows = status.waitingOn.map(w => [w.for, w.reason, age(options.now - w.since), oneLine(w.message)]);
  return titled(['FOR', 'REASON', 'SINCE', 'MESSAGE'], rows, options);
}

/**
 * Each rung with when the run first reached it, and how long after the one below. A rung that was reached and does not
 * hold any more says so.
 */
function ladder(record: JobRecord, earlier: boolean): readonly string[] {
  const run = record.status.runs.at(-1);
  if (!run) return [];
  let before = run.createdAt;
  const rows = rungStates(record).map(([phase, state]) => {
    const reached = earlier ? earlierReached(run, phase) : reachedAt(record, phase);
    if (reached === undefined) return [`○ ${phase}`];
    const step = phase === 'pending' ? '' : `+${took(reached - before)}`;
    before = reached;
    const lost = !earlier && (state === 'lost' || (state === 'next' && phase !== 'running'));
    return [`${lost ? '○' : '●'} ${phase}`, timestamp(reached), step, lost ? 'lost again' : ''];
  });
  return table(rows);
}

/** An earlier run is over, whenever the job was settled after it. */
function earlierReached({ phases, endedAt }: RunStatus, phase: Phase): number | undefined {
  return phase === 'done' ? (phases.done ?? endedAt) : phases[phase];
}

function conditions({ status }: JobRecord, options: DescribeOptions): readonly string[] {
  if (status.conditions.length === 0) return [];
  const rows = status.conditions.map(c => [
    c.type,
    c.status,
    c.reason,
    age(options.now - c.lastTransitionTime),
    oneLine(c.message),
  ]);
  return titled(['TYPE', 'STATUS', 'REASON', 'AGE', 'MESSAGE'], rows, options);
}

function workers({ status }: JobRecord, options: DescribeOptions): readonly string[] {
  // Until a run has containers, the status still has the workers of the run before
  const open = status.runs.at(-1)?.outcome === undefined;
  const none = status.conditions.some(({ reason }) => reason === 'ContainersMissing');
  if (status.workers.length === 0 || (open && none)) return [];
  const grouped = status.workers.some(({ group }) => group !== undefined);
  const rows = status.workers.map(w => [
    String(w.index),
    ...(grouped ? [w.group ?? '-'] : []),
    w.node || '-',
    w.address || '-',
    w.state,
    w.ssh,
    w.registered ? 'yes' : 'no',
    w.ranks || '-',
    oneLine(w.message ?? ''),
  ]);
  const notes = rows.some(row => row.at(-1) !== '');
  const columns = [
    'INDEX',
    ...(grouped ? ['GROUP'] : []),
    'NODE',
    'ADDRESS',
    'STATE',
    'SSH',
    'REGISTERED',
    'RANKS',
    'MESSAGE',
  ];
  if (notes) return titled(columns, rows, options);
  return titled(
    columns.slice(0, -1),
    rows.map(row => row.slice(0, -1)),
    options,
  );
}

/** One row for each worker, so that many ranks stay readable. */
export function placement(places: readonly PlacedRanks[], paint: Paint): readonly string[] {
  if (places.length === 0) return [];
  const rows = places.map(([worker, node, ranks]) => [
    ranks,
    worker < 0 ? 'launcher' : String(worker),
    node || '-',
  ]);
  return titled(['RANKS', 'WORKER', 'NODE'], rows, { paint });
}

function command({ status, manifest }: JobRecord): readonly string[] {
  const run = status.runs.at(-1);
  const { network } = manifest.spec;
  const subnet = run?.subnet ?? network.subnet ?? `<subnet of ${network.name}>`;
  const line = shellQuoted(started(manifest, subnet, '<job master>').command);
  return [line, ...(run?.mpirun === undefined || isCommandJob(manifest) ? [] : [`(${oneLine(run.mpirun)})`])];
}

/** In the order in which they first came; one that came again tells how often, and since when. */
function events({ status }: JobRecord, options: DescribeOptions): readonly string[] {
  if (status.events.length === 0) return [];
  const rows = status.events.map(({ type, reason, at, first, count, message }) => {
    const often = count > 1 ? ` (x${count} over ${age(at - (first ?? at))})` : '';
    return [type, reason, age(options.now - at) + often, oneLine(message)];
  });
  return titled(['TYPE', 'REASON', 'AGE', 'MESSAGE'], rows, options);
}
