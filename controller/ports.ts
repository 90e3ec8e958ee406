/**
 * The outside world in the words of the domain. The loop uses these interfaces; `adapters/` implements each with one
 * library, and `test/fakes/` implements each in memory. Both pass the same contract suites.
 */

import type { ManifestSet } from './api/manifests.js';
import type { NetworkSpec, ServiceSpec } from './core/desired.js';
import type { Delivery, PackageWant } from './core/package.js';
import type { RunDirectory } from './core/program-records.js';
import type { StartToken } from './core/protocol.js';
import type { JobRecord } from './core/record.js';
import type { StoredOutput } from './core/retention.js';
import type { ImageState, Reservation, RunWorld, Seen, SwarmWorld } from './core/world.js';

/** Every call that leaves the process has its own deadline; expected failures are thrown as {@link PortError}. */
export class PortError extends Error {
  /**
   * @param kind `retry`: may pass by itself; `blocked`: a person must change something.
   * @param message what was tried, on what, and what the other side said: "create network pi-net: 409 …".
   */
  constructor(
    readonly kind: 'retry' | 'blocked',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PortError';
  }
}

/**
 * This controller may not act: its term is over, or it cannot be sure that it lasts. Whatever it had planned is dropped;
 * the next look plans anew.
 */
export class Deposed extends Error {
  override readonly name = 'Deposed';
}

/** Called when something may have changed. Carries nothing: what to do is computed from the world. */
export type Wake = () => void;

/** Docker Swarm, through a manager's engine. Lists hold only what carries our labels, but for nodes and networks. */
export interface Swarm {
  observe(): Promise<Seen<SwarmWorld>>;
  /** What containers that are not ours reserve on the nodes. Asked only while a job waits for room. */
  reservations(): Promise<Seen<readonly Reservation[]>>;
  /** Creating what exists under that name, and removing what does not exist, is success. */
  createNetwork(spec: NetworkSpec): Promise<void>;
  createSecret(name: string, content: string, labels: Readonly<Record<string, string>>): Promise<void>;
  createConfig(name: string, content: string, labels: Readonly<Record<string, string>>): Promise<void>;
  createService(spec: ServiceSpec): Promise<void>;
  removeService(id: string): Promise<void>;
  removeSecret(id: string): Promise<void>;
  removeConfig(id: string): Promise<void>;
  /**
   * Removes a network, off which the embedded ZooKeeper and what serves packages of the same installation are taken first. Fails
   * with `retry` while anything else is on it: a service of anybody, or a container that has not ended yet of one that is removed.
   */
  removeNetwork(id: string): Promise<void>;
  /** Joins the embedded ZooKeeper to a network, so that agents there reach it. */
  attachZooKeeper(network: string): Promise<void>;
  /** Everything a service's containers wrote so far, in the engine's order, as it is read. */
  output(serviceId: string): AsyncIterable<OutputChunk>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
  /** Of a rank's own copy of what it wrote; absent: what all wrote, together. */
  readonly rank?: number;
}

/** Of a note on the output of single ranks. */
export const NO_RANK = 0xff_ff_ff_ff;

export interface ImageWant {
  readonly ref: string;
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
  /** Run id; each run looks anew. */
  readonly run: string;
}

/** Images on the engine: resolves a reference to what Swarm should run, pulling where the policy asks for it. */
export interface Images {
  /** What is known now, from memory, at once. */
  state(want: ImageWant): ImageState;
  /** Starts looking, and pulling where the policy asks for it, in the background; does nothing while one is under way. */
  resolve(want: ImageWant): void;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

/** Job packages, on their way from the folder of manifests to the containers of a run. */
export interface Packages {
  /** What is known now of the container of that name, from memory, at once. */
  delivery(name: string): Delivery;
  /**
   * Starts, in the background, to make the container that serves a package, to put all of it in, and to attach it to the
   * network; does nothing while that is under way. What is there already stays. Such a container runs when it is complete.
   * @param credential what agents have to show, as `user:password`.
   */
  offer(want: PackageWant, credential: string): void;
  /** Removing what does not exist is success. */
  remove(id: string): Promise<void>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

/** Job records and run znodes in ZooKeeper. A controller's writes fail with {@link Deposed} when another one leads by then. */
export interface Registry {
  /** Reads all job records and the runs named. Arms a watch on each run that has znodes. */
  observe(runs: readonly string[]): Promise<Seen<RegistryWorld>>;
  /**
   * All job records, read anew whatever is remembered of them: none is missing that was written before this controller began
   * to lead. One request for each.
   */
  records(): Promise<Seen<readonly JobRecord[]>>;
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
  removeRun(run: string): Promise<void>;
  /** The digest credential `user:password` of a run's znodes; derived, not stored. */
  credential(run: string): string;
  /** The controllers of this installation: the one that leads first, then the others in the order they would take over. */
  controllers(): Promise<Seen<readonly ControllerView[]>>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

export interface RegistryWorld {
  /** By job key (`namespace/name`). */
  readonly jobs: ReadonlyMap<string, { readonly record: JobRecord; readonly version: number }>;
  /** By run id; a run that has no znode is absent. */
  readonly runs: ReadonlyMap<string, RunWorld>;
  /** Ids of all runs that have a znode. */
  readonly runIds: readonly string[];
}

/** A time of leading. */
export interface Term {
  /** Counts the terms of all controllers of an installation. */
  readonly epoch: number;
}

export interface ControllerView {
  readonly host: string;
  readonly pid: number;
  /** Leads or stands by since then: milliseconds since the epoch, by its own clock. */
  readonly since: number;
  /** Of the one that leads. */
  readonly term?: Term;
}

export type Standing =
  | { readonly role: 'leader'; readonly term: Term }
  /** Without a leader: nobody leads yet, or it is not known who does. */
  | {
      readonly role: 'standby';
      readonly leader?: ControllerView;
      /** Why it cannot stand in line to lead. */
      readonly problem?: string;
    };

/**
 * Which one acts of all controllers of an installation. At most one does: it stops by itself, without being told, before
 * another one can begin.
 */
export interface Leadership {
  /** What is known now, from memory, at once. The term stays the same object for as long as it lasts. */
  standing(): Standing;
  /**
   * Throws {@link Deposed} unless the term lasts, and is sure to last a while longer. To be called right before each effect.
   * @param term the one under which the effect was planned; absent: whichever lasts.
   */
  confirm(term?: Term): void;
  onChange(wake: Wake): void;
  /** Steps down, or out of the line: the next controller leads at once. */
  close(): Promise<void>;
}

/** The watched folder. */
export interface Manifests {
  /** Lists and parses the folder as it is now. Never throws: a folder that cannot be read says so in the result. */
  read(): Promise<ManifestSet>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

/** Output of ended runs, kept after their containers are gone. */
export interface OutputStore {
  /** The outputs that are stored completely, by run id. */
  stored(): Promise<ReadonlyMap<string, StoredOutput>>;
  /**
   * Atomic: either all that is given is stored, or nothing; nothing too where reading it fails, with that failure.
   * @returns whether it is stored by now. One that takes longer goes on and wakes when it ends: until then a call for the same run
   * does nothing, and its failure is that of the next one.
   */
  store(run: string, chunks: AsyncIterable<OutputChunk>): Promise<'stored' | 'under-way'>;
  /** Also ends a store that is under way. */
  remove(run: string): Promise<void>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}

export interface KeyPair {
  /** OpenSSH private key file content. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, no comment. */
  readonly publicKey: string;
}

/** Time and randomness, so that the core has none. */
export interface Edge {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never jumps, whatever happens to the other one: for times that must have passed. */
  elapsed(): number;
  /** Eight random lower-case hexadecimal digits. */
  uid(): string;
  keyPair(): KeyPair;
}
