import * as v from 'valibot';
import { count, fields, optional, type Shaped, text, time } from './shapes.js';

/** Znodes of a run that its programs read and write, whatever they are written in; docs/reference/run-record.md describes them. */

/** Where a node of the swarm is. */
export const NODE_FIELDS = {
  /** By which Swarm's managers reach it; absent where they do not say. */
  address: optional(text),
  /** Of the node's label `rack`, or `mpiswarm.dev/rack`. */
  rack: optional(text),
  /** Of the node's label `datacenter`, or `mpiswarm.dev/datacenter`. */
  dataCenter: optional(text),
};
const NODE_RECORD = fields(NODE_FIELDS);
export type NodeRecord = Shaped<typeof NODE_RECORD>;

/** Where everything is that programs of a run may look for; written once, with the run's znodes. */
export interface RunDirectory {
  /** The swarm's nodes as they were then, by node id. */
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  /** As `jobMasterAddress` makes it. */
  readonly jobMaster: string;
}

/** What a rank says of itself; a program that says nothing has none. */
export const RANK_RECORD = fields({
  /** `STARTED`: the user's code runs. `COMPLETED` and `FAILED`: it has ended, with or without success. */
  state: v.picklist(['STARTED', 'COMPLETED', 'FAILED']),
  /** Index of the worker that it runs on. */
  worker: count,
  /** When this state began: milliseconds since the epoch, the worker's clock. */
  at: time,
  /** Of a rank that failed: what went wrong and where, on one line. */
  error: optional(text),
});
export type RankRecord = Shaped<typeof RANK_RECORD>;
