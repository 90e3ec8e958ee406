import { listWords } from '../../shared/list-words.js';
import { LABEL, serviceKey } from '../model/names.js';
import type { Reason } from '../model/reason.js';
import type { ReasonName } from '../model/reasons.js';
import type { ChosenNodes, JobRecord } from '../model/record.js';
import type { NextStep } from '../model/step.js';
import { indexed } from '../model/swarm-index.js';
import {
  type Amounts,
  isTerminal,
  type NodeView,
  type Reservation,
  type SwarmWorld,
} from '../model/world.js';
import { AddressQueue } from '../nodes/address-queue.js';
import { isStranded } from '../nodes/assigned.js';
import { eligibleWords } from '../nodes/eligible.js';
import {
  capacity,
  eligible,
  fitting,
  minus,
  type NodeRoom,
  type Packing,
  pack,
  spread,
} from '../nodes/packing.js';
import { type Group, needsAdmission, requestedGroups, requestWords, reserves } from '../nodes/requests.js';

export interface AdmissionInputs {
  /** Jobs whose manifest is there, each with what follows its last run. */
  readonly jobs: readonly Candidate[];
  readonly swarm: SwarmWorld;
  /** What containers of others reserve. */
  readonly others: readonly Reservation[];
}

export interface Candidate {
  readonly record: JobRecord;
  readonly follows?: NextStep;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly nodes: ChosenNodes }
  | { readonly kind: 'waits'; readonly reason: Reason };

/** Of the jobs that would start a run now, or whose run has lost a node that was chosen for it. */
export type Admissions = ReadonlyMap<string, Admission>;

/** Whether a job's next run has to be admitted: nothing but that keeps it from starting. */
export function awaitsAdmission({ record, follows }: Candidate): boolean {
  const open = record.status.runs.at(-1)?.outcome === undefined && record.status.runs.length > 0;
  return !open && follows?.kind === 'start-run';
}

/** Whether other nodes have to be chosen for the current run, which has not started: those that were are lost. */
export function wantsOtherNodes({ status }: JobRecord, nodes: readonly NodeView[]): boolean {
  const run = status.runs.at(-1);
  if (run === undefined || run.outcome !== undefined || run.startedAt !== undefined) return false;
  return isStranded(run.nodes, nodes);
}

/**
 * All or nothing: a job is admitted when there is room for all its containers, and an address for each of them, beside everything
 * that is reserved or promised. Jobs are taken by priority, then by age; behind the first that has to wait all others that ask for
 * room wait too, and the addresses of one that waits are kept for it, lest small jobs keep a large one out for ever. A job too large
 * even for empty nodes, or an empty network, blocks no other job.
 */
export function admissions(inputs: AdmissionInputs): Admissions {
  const work = admitEach(inputs);
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** The same, with a pause after each job: there may be thousands that wait. */
export function* admitEach({ jobs, swarm, others }: AdmissionInputs): Generator<undefined, Admissions> {
  const records = jobs.map(({ record }) => record);
  const stranded = new Set(records.filter(record => wantsOtherNodes(record, swarm.nodes)));
  const waiting = jobs
    .filter(awaitsAdmission)
    .map(({ record }) => record)
    .sort(inTurn);
  const empty = emptyRooms(swarm);
  const holding = records.filter(record => !stranded.has(record));
  const queue = new AddressQueue(waiting, { records, swarm, others });
  let free = freeRooms(empty, { records: holding, swarm, others });
  let before: string | undefined;
  const decided = new Map<string, Admission>();
  const admit = ({ key }: JobRecord, { left, nodes }: Packing): void => {
    free = left;
    decided.set(key, { kind: 'admitted', nodes });
  };
  const hold = ({ key }: JobRecord, reason: Reason) => decided.set(key, { kind: 'waits', reason });
  // They were admitted once, so it is not their turn that they wait for
  for (const record of stranded) {
    yield;
    const left = pack(free, requestedGroups(record.manifest));
    if (left) admit(record, left);
    else hold(record, lacking(record, free, NOW));
  }
  for (const record of waiting) {
    yield;
    const never = queue.never(record) ?? unfit(record, empty);
    if (never) {
      hold(record, never);
      continue;
    }
    const lacksAddresses = queue.take(record);
    const { manifest } = record;
    const inLine = before !== undefined && reserves(manifest);
    const left = inLine || lacksAddresses ? undefined : place(record, free);
    if (left) {
      admit(record, left);
      continue;
    }
    if (!lacksAddresses) queue.release(record);
    const turn = { reason: 'Queued', message: `queued behind ${before}` } as const;
    hold(record, lacksAddresses ?? (inLine ? turn : lacking(record, free, NOW)));
    if (needsAdmission(manifest)) before = record.key;
  }
  return decided;
}

/** Where the containers go; a job that asks for nothing goes wherever Swarm puts it. */
function place({ manifest }: JobRecord, free: readonly NodeRoom[]): Packing | undefined {
  return needsAdmission(manifest) ? pack(free, requestedGroups(manifest)) : { left: free, nodes: {} };
}

/** Why a job would not fit even into empty nodes. */
function unfit(record: JobRecord, empty: readonly NodeRoom[]): Reason | undefined {
  return place(record, empty) ? undefined : lacking(record, empty, EVER);
}

function inTurn(a: JobRecord, b: JobRecord): number {
  const priority = ({ manifest }: JobRecord) => manifest.spec.runPolicy.priority;
  return priority(b) - priority(a) || a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1);
}

function emptyRooms({ nodes }: SwarmWorld): readonly NodeRoom[] {
  const endless = { nanoCpus: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
  return nodes
    .filter(node => node.usable)
    .map(node => ({ node, free: node.capacity ?? endless, containers: 0 }));
}

const NOTHING: Amounts = { nanoCpus: 0, memoryBytes: 0 };

/** What is left beside all that containers reserve, and beside what runs that were admitted have not placed yet. */
function freeRooms(
  empty: readonly NodeRoom[],
  {
    records,
    swarm,
    others,
  }: Pick<AdmissionInputs, 'swarm' | 'others'> & { readonly records: readonly JobRecord[] },
): readonly NodeRoom[] {
  const ours = swarm.tasks.flatMap(task =>
    task.node !== undefined && !isTerminal(task) ? [{ node: task.node, ...(task.reserved ?? NOTHING) }] : [],
  );
  const reserved = new Map<string, Amounts[]>();
  for (const one of [...ours, ...others]) {
    const there = reserved.get(one.node);
    if (there) there.push(one);
    else reserved.set(one.node, [one]);
  }
  const beside = empty.map(room =>
    (reserved.get(room.node.id) ?? []).reduce((left, each) => minus(left, each), room),
  );
  const promised = records.filter(({ status, manifest }) => {
    const run = status.runs.at(-1);
    return run !== undefined && run.outcome === undefined && needsAdmission(manifest);
  });
  return promised.reduce<readonly NodeRoom[]>((rooms, record) => withPromised(rooms, record, swarm), beside);
}

/** Where Swarm will put the containers is a guess, and holds only until it has. */
function withPromised(rooms: readonly NodeRoom[], record: JobRecord, swarm: SwarmWorld): readonly NodeRoom[] {
  const index = indexed(swarm);
  const { services } = index.run(record.status.runs.at(-1)?.id ?? '');
  const missing = (group: Group): Group => {
    const service = services.find(
      ({ labels }) => labels[LABEL.role] === group.role && (labels[LABEL.group] ?? '') === group.name,
    );
    const tasks = service ? index.tasks(service.id) : [];
    const placed = tasks.filter(task => task.node !== undefined && !isTerminal(task));
    return { ...group, count: Math.max(0, group.count - placed.length) };
  };
  const chosen = record.status.runs.at(-1)?.nodes ?? {};
  return requestedGroups(record.manifest).reduce((now, group) => {
    const only = chosen[serviceKey(group.role, group.name)];
    const among = now.filter(({ node }) => only === undefined || node.id === only);
    const taken = spread(among, missing(group));
    return now.map(room => taken.find(({ node }) => node === room.node) ?? room);
  }, rooms);
}

const EVER = { reason: 'Unschedulable', where: 'even when they are empty, the nodes have room for' } as const;
const NOW = { reason: 'InsufficientResources', where: 'there is room for' } as const;

function lacking(
  record: JobRecord,
  rooms: readonly NodeRoom[],
  { reason, where }: { readonly reason: ReasonName; readonly where: string },
): Reason {
  const [, ...groups] = requestedGroups(record.manifest);
  const short = groups.flatMap(group => shortage(group, rooms) ?? []);
  const apart =
    groups.length === 1
      ? 'the workers or the launcher, not for both'
      : 'each group of workers, not for all of them and the launcher';
  const what = short.length === 0 ? apart : short.join(' and ');
  return { reason, message: `needs ${requestWords(record.manifest)}: ${where} ${what}` };
}

/** For how many of a group's workers there is room, were they alone; undefined where there is for all of them. */
function shortage(group: Group, rooms: readonly NodeRoom[]): string | undefined {
  const fit = mostFree(eligible(rooms, group), group);
  const room = Math.min(capacity(fit, group), group.count);
  if (room === group.count) return undefined;
  const whose = group.name === '' ? 'the workers' : `the workers of group ${group.name}`;
  const names = fit.filter(one => fitting(one, group) > 0).map(({ node }) => node.hostname);
  if (room > 0) return `${room} of ${whose}, on ${listWords(names.sort(), { shown: 5 })}`;
  const barred =
    group.name !== '' && fit.length === 0 ? `, as no node ${eligibleWords(group.placement)}` : '';
  return `none of ${whose}${barred}`;
}

/** Of nodes of which one is to host all workers, the one that has room for the most. */
function mostFree(rooms: readonly NodeRoom[], group: Group): readonly NodeRoom[] {
  if (group.mapping !== 'AllSameNode') return rooms;
  return [...rooms].sort((a, b) => fitting(b, group) - fitting(a, group)).slice(0, 1);
}
