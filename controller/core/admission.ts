import { asksForRoom, demand, demandWords, type Group } from './demand.js';
import type { Reason } from './facts.js';
import { nextStep } from './lifecycle.js';
import { LABEL } from './names.js';
import type { JobRecord } from './record.js';
import { capacity, fitting, less, place, type Room, spread, suited } from './room.js';
import { isTerminal, type Reservation, type SwarmWorld } from './world.js';

export interface AdmissionInputs {
  /** Jobs whose manifest is there, with that manifest. */
  readonly records: readonly JobRecord[];
  readonly swarm: SwarmWorld;
  /** What containers of others reserve. */
  readonly others: readonly Reservation[];
  readonly now: number;
}

/** Of the jobs that would start a run now and ask for cpu or memory: why they have to wait; undefined: admitted. */
export type Admissions = ReadonlyMap<string, Reason | undefined>;

/** Whether a job's next run has to be admitted: it asks for cpu or memory, and nothing but that keeps it from starting. */
export function wantsRoom(record: JobRecord, now: number): boolean {
  const open = record.status.runs.at(-1)?.outcome === undefined && record.status.runs.length > 0;
  return !open && asksForRoom(record.manifest) && nextStep(record, now, true).kind === 'start-run';
}

/**
 * All or nothing: a job is admitted when there is room for all its containers beside everything that is reserved or promised.
 * Jobs are taken by priority, then by age; behind the first that has to wait all others wait too, lest small jobs keep a large
 * one out for ever. A job that would not even fit into empty nodes holds nobody up.
 */
export function admissions({ records, swarm, others, now }: AdmissionInputs): Admissions {
  const waiting = records.filter(record => wantsRoom(record, now)).sort(inTurn);
  const empty = emptyRooms(swarm);
  let free = freeRooms(empty, { records, swarm, others });
  let before: string | undefined;
  const decided = new Map<string, Reason | undefined>();
  for (const record of waiting) {
    const wanted = demand(record.manifest);
    if (!place(empty, wanted)) {
      decided.set(record.key, lacking(record, empty, EVER));
      continue;
    }
    const left = before === undefined ? place(free, wanted) : undefined;
    if (left) {
      free = left;
      decided.set(record.key, undefined);
      continue;
    }
    const turn = { reason: 'Queued', message: `waits its turn behind ${before}` };
    decided.set(record.key, before === undefined ? lacking(record, free, NOW) : turn);
    before = record.key;
  }
  return decided;
}

function inTurn(a: JobRecord, b: JobRecord): number {
  const priority = ({ manifest }: JobRecord) => manifest.spec.runPolicy.priority;
  return priority(b) - priority(a) || a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1);
}

function emptyRooms({ nodes }: SwarmWorld): readonly Room[] {
  const endless = { nanoCpus: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
  return nodes.filter(node => node.usable).map(node => ({ node, free: node.capacity ?? endless }));
}

/** What is left beside all that containers reserve, and beside what runs that were admitted have not placed yet. */
function freeRooms(
  empty: readonly Room[],
  { records, swarm, others }: Pick<AdmissionInputs, 'records' | 'swarm' | 'others'>,
): readonly Room[] {
  const ours = swarm.tasks.flatMap(task =>
    task.node !== undefined && task.reserved && !isTerminal(task)
      ? [{ node: task.node, ...task.reserved }]
      : [],
  );
  const reserved = [...ours, ...others];
  const beside = empty.map(room =>
    reserved.filter(({ node }) => node === room.node.id).reduce((left, each) => less(left, each), room),
  );
  const promised = records.filter(({ status, manifest }) => {
    const run = status.runs.at(-1);
    return run !== undefined && run.outcome === undefined && asksForRoom(manifest);
  });
  return promised.reduce<readonly Room[]>((rooms, record) => withPromised(rooms, record, swarm), beside);
}

/** Where Swarm will put the containers is a guess, and holds only until it has. */
function withPromised(rooms: readonly Room[], record: JobRecord, swarm: SwarmWorld): readonly Room[] {
  const run = record.status.runs.at(-1)?.id;
  const missing = (group: Group): Group => {
    const service = swarm.services.find(
      ({ labels }) =>
        labels[LABEL.run] === run &&
        labels[LABEL.role] === group.role &&
        (labels[LABEL.group] ?? '') === group.name,
    );
    const placed = swarm.tasks.filter(
      task =>
        service !== undefined && task.service === service.id && task.node !== undefined && !isTerminal(task),
    );
    return { ...group, count: Math.max(0, group.count - placed.length) };
  };
  return demand(record.manifest).reduce((now, group) => spread(now, missing(group)), rooms);
}

const EVER = { reason: 'Unschedulable', where: 'even when they are empty, the nodes have room for' };
const NOW = { reason: 'InsufficientResources', where: 'there is room for' };

function lacking(
  record: JobRecord,
  rooms: readonly Room[],
  { reason, where }: { readonly reason: string; readonly where: string },
): Reason {
  const [, ...groups] = demand(record.manifest);
  const short = groups.flatMap(group => shortage(group, rooms) ?? []);
  const apart =
    groups.length === 1
      ? 'the workers or the launcher, not for both'
      : 'each group of workers, not for all of them and the launcher';
  const what = short.length === 0 ? apart : short.join(' and ');
  return { reason, message: `needs ${demandWords(record.manifest)}: ${where} ${what}` };
}

/** For how many of a group's workers there is room, were they alone; undefined where there is for all of them. */
function shortage(group: Group, rooms: readonly Room[]): string | undefined {
  const fit = suited(rooms, group);
  const room = Math.min(capacity(fit, group), group.count);
  if (room === group.count) return undefined;
  const whose = group.name === '' ? 'the workers' : `the workers of group ${group.name}`;
  const names = fit.filter(one => fitting(one, group) > 0).map(({ node }) => node.hostname);
  if (room > 0) return `${room} of ${whose}, on ${listed(names.sort())}`;
  const barred =
    group.name !== '' && fit.length === 0 ? `, as no node meets ${group.constraints.join(', ')}` : '';
  return `none of ${whose}${barred}`;
}

const LISTED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.slice(0, LISTED).join(', ') + more;
}
