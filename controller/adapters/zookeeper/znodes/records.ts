import * as v from 'valibot';
import { withDefaults } from '../../../api/rules/validate.js';
import type { JobRecord } from '../../../core/model/record.js';
import { upgraded } from '../../../core/model/upgrade.js';
import { inFull, type StoredRecord } from '../../../core/status/brief.js';
import { runHash } from '../../../core/text/digest.js';
import type { ControllerView } from '../../../ports/leadership.js';
import { RANK_RECORD, type RankRecord } from '../../../shared/protocol/program-records.js';
import {
  CLAIM,
  type Claim,
  LAUNCHER_REPORT,
  type LauncherReport,
  PLACEMENT,
  type Placement,
  REGISTRATION,
  type Registration,
  RUN_RESULT,
  type RunResult,
  START_TOKEN,
  type StartToken,
} from '../../../shared/protocol/run-records.js';
import {
  count,
  fields,
  mapOf,
  number,
  optional,
  type Shaped,
  text,
} from '../../../shared/protocol/shapes.js';

/**
 * Records of agents aren't trusted: one that has the wrong shape, or is longer, counts as absent. A launcher's report
 * on the maximum of 512 workers has about 130 KiB.
 */
export const MAX_BYTES = 512 * 1024;
/**
 * Of each text that ends up in a job's record, in conditions, events and runs, which must stay far below a znode's
 * limit.
 */
const MAX_TEXT = 4 * 1024;
/** Compared, or shown by a few of its lines. */
const LONG_TEXTS = ['hostfile', 'tail'];
/** There may be a hundred thousand of these: an error of 1 KiB with each character escaped, and the other fields. */
export const MAX_RANK_BYTES = 8 * 1024;

export function parseRegistration(data: Buffer): Registration | undefined {
  return parse(data, REGISTRATION);
}

export function parseLauncherReport(data: Buffer): LauncherReport | undefined {
  return parse(data, LAUNCHER_REPORT);
}

export function parsePlacement(data: Buffer): Placement | undefined {
  return parse(data, PLACEMENT);
}

export function parseRank(data: Buffer): RankRecord | undefined {
  return parse(data, RANK_RECORD, { maxBytes: MAX_RANK_BYTES });
}

export function parseStartToken(data: Buffer): StartToken | undefined {
  return parse(data, START_TOKEN);
}

export function parseClaim(data: Buffer): Claim | undefined {
  return parse(data, CLAIM);
}

export function parseResult(data: Buffer): RunResult | undefined {
  return parse(data, RUN_RESULT);
}

/** Enough of a {@link JobRecord} that whoever reads one finds what it looks for. */
const JOB_RECORD = fields({
  key: text,
  uid: text,
  createdAt: number,
  source: text,
  generation: count,
  manifest: fields({ spec: fields({ image: text, workers: mapOf(v.unknown()) }) }),
  status: fields({
    observedGeneration: count,
    phase: text,
    conditions: v.array(fields({ type: text, status: text, reason: text, message: text })),
    waitingOn: v.array(fields({ for: text, reason: text, message: text, since: number })),
    workers: v.array(fields({ index: count, node: text, address: text, state: text, ranks: text })),
    runs: v.array(
      fields({ number: count, id: text, generation: count, createdAt: number, phases: mapOf(number) }),
    ),
    events: v.array(fields({ at: number, reason: text, message: text, count, run: count })),
  }),
});

/** What is used of a manifest at every tick, once its defaults are filled in. */
const MANIFEST = fields({
  metadata: fields({ name: text, namespace: text }),
  spec: fields({
    workers: fields({ replicas: count, slots: count }),
    launcher: fields({ mode: text }),
    network: fields({ name: text }),
    mpi: fields({ hostfile: text }),
    runPolicy: fields({ backoffLimit: count, cleanUpPolicy: text }),
  }),
});

/**
 * Only controllers write these; the check catches a foreign znode, one that came to harm, and one of another version, not
 * malice. Records of older versions are upgraded to today's defaults.
 */
export function parseJobRecord(data: Buffer): JobRecord | undefined {
  const read = parse(data, JOB_RECORD, { maxBytes: Number.POSITIVE_INFINITY, cut: false });
  if (!read) return undefined;
  try {
    const record = inFull(read as unknown as StoredRecord);
    const manifest = withDefaults(record.manifest);
    if (!v.is(MANIFEST, manifest)) return undefined;
    return upgraded({ ...record, manifest, runHash: runHash(manifest, record.package) });
  } catch {
    return undefined; // it has another shape than any version wrote
  }
}

/** A controller's record of itself. */
export type ControllerRecord = ProcessIdentity & Omit<ControllerView, 'term'>;

const CONTROLLER = fields({
  host: text,
  pid: count,
  since: number,
  machine: optional(text),
  startedAt: optional(text),
});

export function parseController(data: Buffer): ControllerRecord | undefined {
  return parse(data, CONTROLLER);
}

const TERM = fields({ controller: text, since: number });

/** @returns the path of the leading controller's znode, and when its term began. */
export function parseTerm(data: Buffer): Shaped<typeof TERM> | undefined {
  return parse(data, TERM);
}

/** The record with all its fields, as written. */
function parse<Shape extends v.GenericSchema>(
  data: Buffer,
  shape: Shape,
  { maxBytes = MAX_BYTES, cut = true } = {},
): Shaped<Shape> | undefined {
  if (data.length > maxBytes) return undefined;
  try {
    const value: unknown = JSON.parse(data.toString('utf8'), cut ? shortened : undefined);
    return v.is(shape, value) ? (value as Shaped<Shape>) : undefined;
  } catch {
    return undefined; // no JSON: absent, by the rule above
  }
}

function shortened(name: string, value: unknown): unknown {
  const isLong = typeof value === 'string' && value.length > MAX_TEXT && !LONG_TEXTS.includes(name);
  return isLong ? `${value.slice(0, MAX_TEXT - 1)}…` : value;
}

/** Identifies a process among all machines, as long as its machine runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** One boot of one machine, and its PID namespace; absent if unknown. */
  readonly machine?: string;
  /** Kernel ticks from the boot to the start of the process, because process ids are reused. */
  readonly startedAt?: string;
}
