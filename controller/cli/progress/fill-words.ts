import type { ControllerEvent } from '../../ports/events.js';

/** In steps of five per cent, so that it is a new line only now and then. */
const STEP = 5;

/** How full the embedded ZooKeeper is, and what to do. */
export function fillWords({
  neededBytes,
  heapBytes,
}: Pick<Extract<ControllerEvent, { kind: 'zookeeper-filling' }>, 'neededBytes' | 'heapBytes'>): string {
  const percent = Math.floor((neededBytes / heapBytes) * (100 / STEP)) * STEP;
  const mebibytes = Math.round(heapBytes / 1024 / 1024);
  return `the embedded ZooKeeper needs more than ${percent} % of its ${mebibytes} MiB of memory, and ends when it has none left: remove jobs that are done, or give it more (see zookeeperHeap in the settings)`;
}
