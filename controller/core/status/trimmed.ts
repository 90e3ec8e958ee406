import type { JobRecord, JobStatus } from '../model/record.js';
import { same } from './same.js';

/** A znode takes 1,000,000 bytes; a character of a text may take three. */
const MAX_BYTES = 900_000;
const TYPE = 'StatusTrimmed';
const FEW_EVENTS = 10;
const MAX_MESSAGE = 1_000;

/** What is left out one after the other, until the rest fits: what people miss least comes first. */
const STEPS: readonly ((status: JobStatus) => JobStatus)[] = [
  status => ({ ...status, workers: [] }),
  status => ({ ...status, events: status.events.slice(-FEW_EVENTS) }),
  ({ ranks: _, ...status }) => status,
  status => ({ ...status, waitingOn: status.waitingOn.slice(0, 3).map(brief) }),
  status => ({ ...status, runs: status.runs.map(run => ({ ...run, placement: [] })) }),
  status => ({ ...status, events: status.events.map(brief), conditions: status.conditions.map(brief) }),
  status => ({ ...status, runs: status.runs.map(brief), losses: (status.losses ?? []).map(brief) }),
];

/**
 * The record as it fits into a znode. One that is too long is never stored, and what was stored before would seem to be true for ever; so
 * the status lacks something, and a condition says so.
 * @param known as it is stored now; the same reference where nothing has changed.
 */
export function trimmed(record: JobRecord, known: JobRecord | undefined, now: number): JobRecord {
  if (record === known) return record;
  if (isShort(record)) return whole(record);
  const fits = cut(record, now);
  return known && same(fits, known) ? known : fits;
}

function isShort(record: JobRecord): boolean {
  return Buffer.byteLength(JSON.stringify(record)) <= MAX_BYTES;
}

/** What was left out of an ended run does not come back. */
function whole(record: JobRecord): JobRecord {
  const { status } = record;
  if (status.workers.length === 0 || !status.conditions.some(({ type }) => type === TYPE)) return record;
  const conditions = status.conditions.filter(({ type }) => type !== TYPE);
  return { ...record, status: { ...status, conditions } };
}

function cut(record: JobRecord, now: number): JobRecord {
  const known = record.status.conditions.find(({ type }) => type === TYPE);
  const condition =
    known ??
    ({
      ...{ type: TYPE, status: 'True', reason: TYPE, lastTransitionTime: now },
      message: 'the status is too long to be stored, so it lacks details of workers and older events',
    } as const);
  const others = record.status.conditions.filter(({ type }) => type !== TYPE);
  let next: JobRecord = { ...record, status: { ...record.status, conditions: [...others, condition] } };
  for (const step of STEPS) {
    if (isShort(next)) break;
    next = { ...next, status: step(next.status) };
  }
  return next;
}

function brief<T extends { readonly message?: string }>(one: T): T {
  const { message } = one;
  return message === undefined || message.length <= MAX_MESSAGE
    ? one
    : { ...one, message: `${message.slice(0, MAX_MESSAGE - 1)}…` };
}
