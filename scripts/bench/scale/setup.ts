import type { IntervalHistogram } from 'node:perf_hooks';

/** What a controller process of the bench is started with, and what it and the bench say to each other. */
export interface Setup {
  /** `127.0.0.1:PORT` of ZooKeeper. */
  readonly zookeeper: string;
  readonly root: string;
  readonly folder: string;
  /** So many jobs have ended; the last of them have left a launcher. */
  readonly settled: number;
  /** So many others run. */
  readonly live: number;
}

export const CREDENTIAL = 'bench:secret';
/** Finished jobs are in folders of so many. */
export const PER_FOLDER = 500;

export type Question = 'begin' | 'end';

/** What happened between the two questions. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly memoryMb: number;
  readonly ticks: number;
  readonly listings: number;
  /** Of the event loop, in milliseconds. */
  readonly p99: number;
  readonly longest: number;
}

export type Message =
  | { readonly kind: 'usage'; readonly usage: Usage }
  /** A tick of the leader ended; in milliseconds since the process was told to begin. */
  | { readonly kind: 'led'; readonly afterMs: number; readonly open: number }
  /** The writes of one tick: how many, and from the first call to the last answer. */
  | { readonly kind: 'wrote'; readonly records: number; readonly ms: number }
  /** A service was made, at this time of the machine's clock, in milliseconds. */
  | { readonly kind: 'service'; readonly name: string; readonly at: number }
  | { readonly kind: 'trouble'; readonly text: string };

/** Of `monitorEventLoopDelay`. */
export const RESOLUTION_MS = 5;

/** How much later than it should a sample was taken, in milliseconds; the monitor counts from one sample to the next. */
export function delays(monitor: IntervalHistogram): { readonly p99: number; readonly longest: number } {
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p99: late(monitor.percentile(99)), longest: late(monitor.max) };
}

/** Milliseconds since the epoch, with parts. */
export const clock = (): number => performance.timeOrigin + performance.now();
