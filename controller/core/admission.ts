import { meets } from './constraints.js';
import { asksForRoom, demandWords, type Group, groups } from './demand.js';
import type { Reason } from './facts.js';
import { nextStep } from './lifecycle.js';
import { LABEL } from './names.js';
import type { JobRecord } from './record.js';
import { capacity, fitting, less, place, type Room, spread } from './room.js';
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
    const wanted = groups(record.manifest);
    if (!place(suited(empty, record), wanted)) {
      decided.set(record.key, lacking(record, empty, EVER));
      continue;
    }
    const left = before === undefined ? place(suited(free, record), wanted) : undefined;
    if (left) {
      free = free.map(room => left.find(({ node }) => node === room.node) ?? room);
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
      ({ labels }) => labels[LABEL.run] === run && labels[LABEL.role] === group.role,
    );
    const placed = swarm.tasks.filter(
      task =>
        service !== undefined && task.service === service.id && task.node !== undefined && !isTerminal(task),
    );
    return { ...group, count: Math.max(0, group.count - placed.length) };
  };
  const left = groups(record.manifest).reduce(
    (now, group) => spread(now, missing(group)),
    suited(rooms, record),
  );
  return rooms.map(room => left.find(({ node }) => node === room.node) ?? room);
}

function suited(rooms: readonly Room[], { manifest }: JobRecord): readonly Room[] {
  return rooms.filter(({ node }) => meets(node, manifest.spec.workers.placement.constraints));
}

const EVER = { reason: 'Unschedulable', where: 'even when they are empty, the nodes have room for' };
const NOW = { reason: 'InsufficientResources', where: 'there is room for' };

function lacking(
  record: JobRecord,
  rooms: readonly Room[],
  { reason, where }: { readonly reason: string; readonly where: string },
): Reason {
  const [, workers] = groups(record.manifest);
  const fit = suited(rooms, record);
  const room = Math.min(capacity(fit, workers), workers.count);
  const names = fit.filter(one => fitting(one, workers) > 0).map(({ node }) => node.hostname);
  const what =
    room === workers.count
      ? 'the workers or the launcher, not for both'
      : room === 0
        ? 'none of the workers'
        : `${room} of the workers, on ${listed(names.sort())}`;
  return { reason, message: `needs ${demandWords(record.manifest)}: ${where} ${what}` };
}

const LISTED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.slice(0, LISTED).join(', ') + more;
}
