import type { JobRecord, Waiting } from './record.js';

type Wait = Pick<Waiting, 'reason' | 'message'>;

/** Since when the job has been waiting for the same, milliseconds since the epoch; undefined: it has not. */
export function waitingSince({ status }: JobRecord, wait: Wait): number | undefined {
  return status.waitingOn.find(known => known.reason === wait.reason && subject(known) === subject(wait))
    ?.since;
}

/** `worker 3` of "worker 3: connection refused": what a wait is about stays the same while its words change. */
export function subject({ message }: Pick<Waiting, 'message'>): string {
  return message.split(':')[0] ?? '';
}
