import type {
  JobRecord,
  JobStatus,
  RunStatus,
  Waiting,
  WorkerStatus,
} from '../../controller/core/model/record.js';
import { digest } from './effect-words.js';

/** Values by name, by what they are about, of what is stored of a job. Words for people are left out: they may change. */
type Fields = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Makes a moment readable. */
export type Clock = (at: number) => string;

/** What differs between two records of a job, one line for each thing that it is about: a value that is gone is `-`. */
export function recordLines(
  before: JobRecord | undefined,
  record: JobRecord,
  clock: Clock,
): readonly string[] {
  const [old, next] = [before && fields(before, clock), fields(record, clock)];
  return [...new Set([...next.keys(), ...(old?.keys() ?? [])])].flatMap(about => {
    const changes = changed(old?.get(about) ?? new Map(), next.get(about) ?? new Map());
    return changes.length === 0 ? [] : [`${about}: ${changes.join(', ')}`];
  });
}

function changed(old: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>): readonly string[] {
  const gone = [...old.keys()].filter(name => !next.has(name)).map(name => `${name} -`);
  const set = [...next].filter(([name, value]) => old.get(name) !== value);
  return [...set.map(([name, value]) => `${name} ${value}`), ...gone];
}

function fields(record: JobRecord, clock: Clock): Fields {
  const { status } = record;
  return new Map([
    ['record', jobFields(record, clock)],
    ['status', statusFields(status, clock)],
    ['waits', new Map(waitFields(status.waitingOn, clock))],
    [
      'conditions',
      known(
        status.conditions.map(({ type, status: is, reason, lastTransitionTime: at }) => [
          type,
          `${is} ${reason} ${clock(at)}`,
        ]),
      ),
    ],
    ...status.workers.map(worker => [`worker ${worker.index}`, workerFields(worker)] as const),
    ...(status.ranks ?? []).map(
      ({ rank, worker, state, error }) =>
        [
          `rank ${rank}`,
          known([
            [`on ${worker}`, state],
            ['error', error],
          ]),
        ] as const,
    ),
    ...status.runs.map(run => [`run ${run.number}`, runFields(run, clock)] as const),
    ['events', eventFields(status)],
  ]);
}

function jobFields(record: JobRecord, clock: Clock): ReadonlyMap<string, string> {
  return known([
    ['created', clock(record.createdAt)],
    ['source', record.source],
    ['manifest', digest(JSON.stringify(record.manifest))],
    ['package', record.package && digest(record.package.sha256)],
    ['generation', record.generation],
    ['runs', record.runHash.slice(0, 8)],
  ]);
}

function statusFields(status: JobStatus, clock: Clock): ReadonlyMap<string, string> {
  return known([
    ['generation', status.observedGeneration],
    ['phase', status.phase],
    ['outcome', status.outcome],
    ['exit', status.exitCode],
    ['reason', status.reason],
    ['started', status.startTime === undefined ? undefined : clock(status.startTime)],
    ['completed', status.completionTime === undefined ? undefined : clock(status.completionTime)],
  ]);
}

/** Waits for the same rung with the same reason are one line; it says since when each of them has lasted. */
function waitFields(waiting: readonly Waiting[], clock: Clock): readonly (readonly [string, string])[] {
  const names = [...new Set(waiting.map(wait => `${wait.for}/${wait.reason}`))];
  return names.map(name => {
    const times = waiting
      .filter(wait => `${wait.for}/${wait.reason}` === name)
      .map(({ since }) => clock(since));
    const since = [...new Set(times)].map(
      time => `${time}${countWords(times.filter(t => t === time).length)}`,
    );
    return [name, since.join(' ')];
  });
}

function countWords(count: number): string {
  return count === 1 ? '' : `×${count}`;
}

function workerFields(worker: WorkerStatus): ReadonlyMap<string, string> {
  return known([
    ['group', worker.group],
    ['node', worker.node],
    ['address', worker.address],
    ['task', worker.state],
    ['ssh', worker.ssh],
    ['registered', worker.registered],
    ['ranks', worker.ranks],
  ]);
}

function runFields(run: RunStatus, clock: Clock): ReadonlyMap<string, string> {
  const time = (at: number | undefined) => (at === undefined ? undefined : clock(at));
  const { ranks, output } = run;
  return known([
    ['id', run.id],
    ['generation', run.generation],
    ['created', clock(run.createdAt)],
    ['nodes', run.nodes && JSON.stringify(run.nodes)],
    ['failures', run.failures],
    ['ignored', run.ignored],
    ...Object.entries(run.phases).map(([phase, at]) => [phase, time(at)] as const),
    ['image', run.image],
    ['subnet', run.subnet],
    ['mpirun', run.mpirun],
    ['started', time(run.startedAt)],
    ['stopping', run.stopping],
    ['ended', time(run.endedAt)],
    ['outcome', run.outcome],
    ['exit', run.exitCode],
    ['reason', run.reason],
    ['ranks', ranks && `${ranks.started}/${ranks.completed}/${ranks.failed}`],
    ['placement', run.placement && JSON.stringify(run.placement)],
    ['output', output && `${output.bytes} B${output.removed ? ` removed ${output.removed.reason}` : ''}`],
  ]);
}

/** How often each has come. */
function eventFields({ events }: JobStatus): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { type, reason, run, count } of events) {
    const name = `${type === 'Warning' ? '!' : ''}${reason}/${run}`;
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return new Map([...counts].map(([name, count]) => [name, `×${count}`]));
}

/** Those that have a value. */
function known(
  named: readonly (readonly [name: string, value: string | number | boolean | undefined])[],
): ReadonlyMap<string, string> {
  return new Map(
    named.flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)] as const],
    ),
  );
}
