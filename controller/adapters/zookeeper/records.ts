import { withDefaults } from '../../api/validate.js';
import { runHash } from '../../core/digest.js';
import { RANK_STATES, type RankRecord } from '../../core/program-records.js';
import type {
  Claim,
  LauncherReport,
  Placement,
  Registration,
  RunResult,
  SshProof,
  StartToken,
} from '../../core/protocol.js';
import type { JobRecord } from '../../core/record.js';
import type { ControllerView } from '../../ports.js';
import type { ProcessIdentity } from './process-identity.js';

/**
 * What agents write is not trusted: a record of the wrong shape, or a longer one, counts as absent. A launcher's
 * report on 512 workers, the most there can be, has about 130 KiB.
 */
const MAX_BYTES = 512 * 1024;
/** Of each text that ends up in a job's record, in conditions, events and runs, which must stay far below a znode's limit. */
const MAX_TEXT = 4 * 1024;
/** Compared, or shown by a few of its lines. */
const LONG_TEXTS = ['hostfile', 'tail'];
/** There may be a hundred thousand of these: an error of 1 KiB, each character of it escaped, and the rest. */
const MAX_RANK_BYTES = 8 * 1024;

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const RESOURCES = {
  cpus: optional(isNumber),
  memoryBytes: optional(isNumber),
  diskBytes: optional(isNumber),
};

export function parseRegistration(data: Buffer): Registration | undefined {
  return parse<Registration>(data, {
    index: isCount,
    task: isText,
    address: isText,
    port: isCount,
    node: isNode,
    slots: isCount,
    waiting: optional(isText),
    resources: value => isShape(value, RESOURCES),
    ports: optional(value => isFields(value) && Object.values(value).every(isCount)),
    group: optional(isText),
    mpirun: optional(isText),
    fault: optional(isText),
  });
}

export function parseLauncherReport(data: Buffer): LauncherReport | undefined {
  return parse<LauncherReport>(data, {
    task: isText,
    address: isText,
    node: isNode,
    ssh: value => isFields(value) && Object.values(value).every(isProof),
    hostfile: optional(isText),
    waiting: optional(isText),
    fault: optional(isText),
  });
}

export function parsePlacement(data: Buffer): Placement | undefined {
  const isRanks: Check = value => Array.isArray(value) && value.every(isCount);
  const isWorker: Check = value => value === -1 || isCount(value);
  const isCopied: Check = value => value === 'pending' || isCount(value);
  return parse<Placement>(data, {
    worker: isWorker,
    task: isText,
    ranks: isRanks,
    copied: optional(isCopied),
  });
}

export function parseRank(data: Buffer): RankRecord | undefined {
  const isState: Check = value => RANK_STATES.some(state => state === value);
  const shape = { state: isState, worker: isCount, at: isTime, error: optional(isText) };
  return parse<RankRecord>(data, shape, { maxBytes: MAX_RANK_BYTES });
}

export function parseStartToken(data: Buffer): StartToken | undefined {
  return parse<StartToken>(data, { hostfile: isText });
}

export function parseClaim(data: Buffer): Claim | undefined {
  const isTasks: Check = value => Array.isArray(value) && value.every(isText);
  return parse<Claim>(data, { task: isText, workers: isTasks, nonce: isText, startedAt: isTime });
}

export function parseResult(data: Buffer): RunResult | undefined {
  return parse<RunResult>(data, {
    task: isText,
    exitCode: isCount,
    signal: optional(isText),
    startedAt: isTime,
    endedAt: isTime,
    stdoutBytes: isCount,
    stderrBytes: isCount,
    tail: isText,
  });
}

/**
 * Written by controllers alone; the check is against a foreign znode in that place, not against malice. One that an older
 * version wrote is as this one would have written it.
 */
export function parseJobRecord(data: Buffer): JobRecord | undefined {
  const isStatus: Check = value => isFields(value) && Array.isArray(value['runs']);
  const isJob: Check = value => isShape(value, { spec: spec => isShape(spec, { workers: isFields }) });
  const shape = { key: isText, uid: isText, generation: isCount, manifest: isJob, status: isStatus };
  const record = parse<JobRecord>(data, shape, { maxBytes: Number.POSITIVE_INFINITY, cut: false });
  if (!record) return undefined;
  const manifest = withDefaults(record.manifest);
  return { ...record, manifest, runHash: runHash(manifest, record.package) };
}

/** What a controller writes of itself. */
export type ControllerRecord = ProcessIdentity & Omit<ControllerView, 'term'>;

export function parseController(data: Buffer): ControllerRecord | undefined {
  return parse<ControllerRecord>(data, {
    host: isText,
    pid: isCount,
    since: isNumber,
    machine: optional(isText),
    startedAt: optional(isText),
  });
}

/** @returns the path of the leading controller's znode, and when its term began. */
export function parseTerm(data: Buffer): { readonly controller: string; readonly since: number } | undefined {
  return parse<{ controller: string; since: number }>(data, { controller: isText, since: isNumber });
}

function parse<T>(
  data: Buffer,
  shape: Readonly<Partial<Record<keyof T & string, Check>>>,
  { maxBytes = MAX_BYTES, cut = true } = {},
): T | undefined {
  if (data.length > maxBytes) return undefined;
  try {
    const value: unknown = JSON.parse(data.toString('utf8'), cut ? shortened : undefined);
    return isShape(value, shape as Readonly<Record<string, Check>>) ? (value as T) : undefined;
  } catch {
    return undefined; // no JSON: absent, by the rule above
  }
}

function shortened(name: string, value: unknown): unknown {
  const isLong = typeof value === 'string' && value.length > MAX_TEXT && !LONG_TEXTS.includes(name);
  return isLong ? `${value.slice(0, MAX_TEXT - 1)}…` : value;
}

function isShape(value: unknown, shape: Readonly<Record<string, Check>>): boolean {
  return isFields(value) && Object.entries(shape).every(([name, check]) => check(value[name]));
}

function isNode(value: unknown): boolean {
  const text = optional(isText);
  return isShape(value, { id: isText, hostname: isText, address: text, rack: text, dataCenter: text });
}

function isProof(value: unknown): value is SshProof {
  if (!isShape(value, { address: isText, task: isText })) return false;
  const proof = value as Fields;
  return proof['ok'] === true || (proof['ok'] === false && isText(proof['error']) && isCount(proof['tries']));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Milliseconds since the epoch that a date can hold (ECMAScript, time values). */
function isTime(value: unknown): boolean {
  return isNumber(value) && (value as number) >= 0 && (value as number) <= 8.64e15;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function optional(check: Check): Check {
  return value => value === undefined || check(value);
}
