import type { Mutable } from '../model/mutable.js';
import { type JobEvent, type JobStatus, MAX_EVENTS } from '../model/record.js';

export type NewEvent = Pick<JobEvent, 'at' | 'type' | 'reason' | 'message'>;

/** How many of a run's first events stay whatever comes after them: its way up the ladder is no more than nine. */
const KEPT_FIRST = 20;

/**
 * Adds an event of the current run to a status draft. One that the run has had already is counted there and keeps its
 * place. Where there are too many, events of earlier runs make room first, the oldest before others, and then those of
 * this run's middle, so that neither how it began nor what happened last is lost.
 */
export function addEvent(status: Mutable<JobStatus>, { at, type, reason, message }: NewEvent): void {
  const run = status.runs.at(-1)?.number ?? 0;
  const known = status.events.findIndex(
    event => event.run === run && event.reason === reason && event.message === message,
  );
  if (known < 0) {
    status.events = bounded([...status.events, { at, type, reason, message, count: 1, run }], run);
    return;
  }
  status.events = status.events.map((event, i) =>
    i === known ? { ...event, at, first: event.first ?? event.at, count: event.count + 1 } : event,
  );
}

function bounded(events: readonly JobEvent[], run: number): readonly JobEvent[] {
  if (events.length <= MAX_EVENTS) return events;
  const earlier = events.findIndex(event => event.run !== run);
  const dropped = earlier >= 0 ? earlier : KEPT_FIRST;
  return events.filter((_, i) => i !== dropped);
}
