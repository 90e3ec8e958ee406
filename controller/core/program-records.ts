/** Znodes of a run that its programs read and write, whatever they are written in; docs/run-record.md describes them. */

/** Where a node of the swarm is. */
export interface NodeRecord {
  /** By which Swarm's managers reach it; absent where they do not say. */
  readonly address?: string;
  /** Of the node's label `rack`, or `mpiswarm.dev/rack`. */
  readonly rack?: string;
  /** Of the node's label `datacenter`, or `mpiswarm.dev/datacenter`. */
  readonly dataCenter?: string;
}

/** Where everything is that programs of a run may look for; written once, with the run's znodes. */
export interface RunDirectory {
  /** The swarm's nodes as they were then, by node id. */
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  /** As `jobMasterAddress` makes it. */
  readonly jobMaster: string;
}

/** What a rank says of itself; a program that says nothing has none. */
export interface RankRecord {
  /** `STARTED`: the user's code runs. `COMPLETED` and `FAILED`: it has ended, with or without success. */
  readonly state: (typeof RANK_STATES)[number];
  /** Index of the worker that it runs on. */
  readonly worker: number;
  /** When this state began: milliseconds since the epoch, the worker's clock. */
  readonly at: number;
  /** Of a rank that failed: what went wrong and where, on one line. */
  readonly error?: string;
}

export const RANK_STATES = ['STARTED', 'COMPLETED', 'FAILED'] as const;
