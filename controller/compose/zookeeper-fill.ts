import type { ControllerEvent } from '../ports/events.js';

/** Long before its java ends for lack of memory, and so that a person has time. */
const WARN_PART = 0.7;
const EVERY_MS = 60_000;

export interface FillOptions {
  readonly heapBytes: number;
  /** How much of it is needed; undefined where that is unknown. */
  readonly needed: () => Promise<number | undefined>;
  readonly report: (event: ControllerEvent) => void;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/** Reports how full the embedded ZooKeeper is, again and again while it is more than 70 % full, until aborted. */
export function watchFill({ heapBytes, needed, report, signal, everyMs = EVERY_MS }: FillOptions): void {
  const look = async (): Promise<void> => {
    const neededBytes = await needed();
    if (neededBytes !== undefined && neededBytes >= WARN_PART * heapBytes && !signal.aborted)
      report({ kind: 'zookeeper-filling', neededBytes, heapBytes });
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  void look();
}
