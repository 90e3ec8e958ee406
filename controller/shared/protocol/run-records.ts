import * as v from 'valibot';
import { NODE_FIELDS } from './program-records.js';
import { count, fields, mapOf, number, optional, type Shaped, text, time } from './shapes.js';

/**
 * What agents and the controller write into the znodes of a run: the shape by which the controller checks each record, and the type
 * that follows from it. The agent uses the types alone, so that its bundle has none of this.
 */

/** Why the package is not there yet, once a try to fetch it failed; until it is there the container counts as not ready. */
const waiting = optional(text);

/** A worker that is up: its sshd answers on `address:port`. */
export const REGISTRATION = fields({
  index: count,
  /** Swarm task that registered; tells a replaced container from the one before it. */
  task: text,
  /** IPv4 address on the run's overlay. */
  address: text,
  port: count,
  /** Name of the interface that has the address, e.g. `eth0`. */
  interface: optional(text),
  /** With what the run's directory says of it; without, where the node came to the swarm later. */
  node: fields({ id: text, hostname: text, ...NODE_FIELDS }),
  slots: count,
  waiting,
  /** Name of its group; absent where all workers are alike. */
  group: optional(text),
  /**
   * What the container may use: CPUs (may be a fraction) and memory in bytes, where unlimited what the manifest requests, or undefined;
   * and what was free, in bytes, of the disk below its root when it registered first.
   */
  resources: fields({
    cpus: optional(number),
    memoryBytes: optional(number),
    diskBytes: optional(number),
  }),
  /** Further ports by name, free when the worker registered first; absent: none. */
  ports: optional(mapOf(count)),
  /** First line of `mpirun --version`, added when known. */
  mpirun: optional(text),
  /** Set when this worker can never become ready (no sshd in the image, …): what is wrong and what to do. */
  fault: optional(text),
});
export type Registration = Shaped<typeof REGISTRATION>;

const SSH_PROOF = v.union([
  fields({ ok: v.literal(true), address: text, task: text }),
  fields({
    ok: v.literal(false),
    address: text,
    task: text,
    /** e.g. `connection refused by 10.0.1.7:2022` */
    error: text,
    tries: count,
  }),
]);
export type SshProof = Shaped<typeof SSH_PROOF>;

/** The launcher's view, written whenever it changes. */
export const LAUNCHER_REPORT = fields({
  task: text,
  address: text,
  node: fields({ id: text, hostname: text, ...NODE_FIELDS }),
  waiting,
  /** By worker index: did an authenticated SSH handshake, host key checked, succeed with the registered worker. */
  ssh: mapOf(SSH_PROOF),
  /** Content of the hostfile as it was read back from disk after writing. Absent until all workers are registered. */
  hostfile: optional(text),
  /** Set when this launcher can never start the command: what is wrong and what to do. */
  fault: optional(text),
});
export type LauncherReport = Shaped<typeof LAUNCHER_REPORT>;

export const START_TOKEN = fields({
  /** Hostfile for which the token was issued; a launcher whose file differs does not start. */
  hostfile: text,
});
export type StartToken = Shaped<typeof START_TOKEN>;

export const CLAIM = fields({
  task: text,
  /** Swarm tasks of the workers that the command is started on, by worker index. */
  workers: v.array(text),
  /** Random, of the agent process that made the claim; only that process starts the command. */
  nonce: text,
  /** Milliseconds since the epoch, the launcher's clock. */
  startedAt: time,
});
export type Claim = Shaped<typeof CLAIM>;

/** How the command ended. */
export const RUN_RESULT = fields({
  task: text,
  /** 0-255; 128 + n for signal n; 127 when the command could not be found, 126 when it could not be started. */
  exitCode: count,
  signal: optional(text),
  startedAt: time,
  endedAt: time,
  stdoutBytes: count,
  stderrBytes: count,
  /** Of both together, what is in the container's log; absent where that is all. */
  keptBytes: optional(count),
  /** At most the last 4 KiB of standard error, or of standard output where that is empty. */
  tail: text,
  /**
   * What made the agent ask the command to end, other than the stop token: the engine, which stops the container, or that
   * ZooKeeper did not answer for the time that the run gives it.
   */
  askedBy: optional(v.picklist(['engine', 'silence'])),
});
export type RunResult = Shaped<typeof RUN_RESULT>;

/** Which ranks started on a worker. */
export const PLACEMENT = fields({
  /** Worker index; -1 for ranks on a dedicated launcher, where none belongs. */
  worker: v.union([v.literal(-1), count]),
  task: text,
  /** World ranks, ascending. */
  ranks: v.array(count),
  /**
   * How many bytes of what these ranks wrote are in the container's log, or on their way into it; `pending` until that is
   * all. Absent where nothing is copied.
   */
  copied: optional(v.union([v.literal('pending'), count])),
});
export type Placement = Shaped<typeof PLACEMENT>;
