import type { JobRecord } from '../core/model/record.js';
import type { RunWorld, Seen } from '../core/model/world.js';
import type { RunDirectory } from '../shared/protocol/program-records.js';
import type { StartToken } from '../shared/protocol/protocol.js';
import type { LeadershipLost } from './errors.js';
import type { ControllerView } from './leadership.js';
import type { Wake } from './wake.js';

export interface StateStoreWorld {
  /** Random, made once for this ZooKeeper and root; undefined where nothing leads that makes it. */
  readonly id?: string;
  /** By job key (`namespace/name`). */
  readonly jobs: ReadonlyMap<string, { readonly record: JobRecord; readonly version: number }>;
  /** By job key: why the record of a job that there is cannot be read. Nothing is known of that job but its key. */
  readonly unreadableRecords: ReadonlyMap<string, string>;
  /** By run id; a run that has no znode is absent. */
  readonly runs: ReadonlyMap<string, RunWorld>;
  /** Ids of all runs that have a znode, but for those that are left behind. */
  readonly runIds: readonly string[];
  /** By id, runs whose znodes could not be removed, and why. They need nothing more. */
  readonly leftBehind: ReadonlyMap<string, string>;
  /**
   * By id, runs that have znodes which cannot be read, and why: programs of a run write there. They are in `runIds`, and
   * not in `runs`.
   */
  readonly unreadableRuns: ReadonlyMap<string, string>;
}

/** Job records and run znodes in ZooKeeper. A controller's writes fail with {@link LeadershipLost} when another one leads by then. */
export interface StateStore {
  /**
   * Reads all job records and the runs named. Arms a watch on each run that has znodes. What programs wrote fails only
   * the run that it belongs to.
   */
  observe(runs: readonly string[]): Promise<Seen<StateStoreWorld>>;
  /**
   * All job records, bypassing any cache: none is missing that was written before this controller began
   * to lead. One request for each. Fails when one of them cannot be read: what that job needs is unknown.
   */
  records(): Promise<Seen<readonly JobRecord[]>>;
  /** Gives it its id; one that it has stays. */
  createId(id: string): Promise<void>;
  /** Creates or replaces the record; `version` is the one read, or undefined to create. Throws `retry` if it moved on. */
  writeJob(record: JobRecord, version: number | undefined): Promise<number>;
  /** Succeeds when there is none; throws `retry` when it is not the version that was read. */
  removeJob(key: string, version: number): Promise<void>;
  /**
   * Makes the run's znodes, readable and writable with the run's own credential only. Idempotent: the directory of a run that
   * has its znodes stays as it is.
   */
  createRun(run: string, directory: RunDirectory): Promise<void>;
  /** Permits the start with that hostfile, in place of another one that was permitted before. Idempotent. */
  createStart(run: string, token: StartToken): Promise<void>;
  /** Asks the launcher to end the command, or never to start it. Idempotent. */
  createStop(run: string): Promise<void>;
  /** Removes what it can. Throws `blocked` when the rest cannot be removed: the run is left behind from then on. */
  removeRun(run: string): Promise<void>;
  /** The digest credential `user:password` of a run's znodes; derived, not stored. */
  credential(run: string): string;
  /** The controllers of this installation: the one that leads first, then the others in the order they would take over. */
  controllers(): Promise<Seen<readonly ControllerView[]>>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
