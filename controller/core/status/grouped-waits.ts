import type { Waiting } from '../model/record.js';
import { ALL_ALIKE } from '../model/waiting.js';
import { ranges } from '../text/ranges.js';

type Wait = Omit<Waiting, 'since'>;

/** So many workers that wait for one reason are listed one by one. */
const ONE_BY_ONE = 4;
/** Of those that are listed together so many different texts. */
const MAX_TEXTS = 3;

interface Group {
  readonly text: string;
  readonly workers: number[];
}

/**
 * Waits of many workers for the same reason in a few lines, `workers 3-17: …` for equal texts: there may be hundreds of workers, and
 * the record of a job must fit into a znode.
 */
export function groupedWaits(waits: readonly Wait[]): readonly Wait[] {
  const kindOf = (wait: Wait) => `${wait.for} ${wait.reason}`;
  const alike = new Map<string, Wait[]>();
  for (const wait of waits)
    if (workerOf(wait) !== undefined) alike.set(kindOf(wait), [...(alike.get(kindOf(wait)) ?? []), wait]);
  const many = new Map([...alike].filter(([, list]) => list.length > ONE_BY_ONE));
  if (many.size === 0) return waits;
  return waits.flatMap(wait => {
    const list = workerOf(wait) === undefined ? undefined : many.get(kindOf(wait));
    if (!list) return [wait];
    return list[0] === wait ? together(list, wait) : [];
  });
}

/** The index of the worker that a wait is about. */
function workerOf({ about }: Wait): number | undefined {
  const index = /^worker (\d+)\b/.exec(about ?? '')?.[1];
  return index === undefined ? undefined : Number(index);
}

function together(waits: readonly Wait[], { for: rung, reason }: Wait): readonly Wait[] {
  const groups = new Map<string, Group>();
  for (const wait of waits) {
    const text = wait.message.startsWith(wait.about ?? '')
      ? wait.message.slice(wait.about?.length)
      : `: ${wait.message}`;
    const group = groups.get(text) ?? { text, workers: [] };
    group.workers.push(workerOf(wait) ?? 0);
    groups.set(text, group);
  }
  const shown = [...groups.values()].slice(0, MAX_TEXTS);
  const left = waits.length - shown.reduce((sum, { workers }) => sum + workers.length, 0);
  const more = left === 0 ? [] : [`and ${left} more ${left === 1 ? 'worker' : 'workers'}`];
  return [...shown.map(wordsOf), ...more].map(message => ({ for: rung, reason, message, about: ALL_ALIKE }));
}

function wordsOf({ text, workers }: Group): string {
  if (workers.length === 1) return `worker ${workers[0]}${text}`;
  return `workers ${ranges(workers)}${text.replace(/^ is /, ' are ')}`;
}
