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

/** Milliseconds since the epoch, with parts. */
export const clock = (): number => performance.timeOrigin + performance.now();
