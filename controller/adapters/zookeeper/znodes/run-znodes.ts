import type { RankReport, RunWorld } from '../../../core/model/world.js';
import type { RunDirectory } from '../../../shared/protocol/program-records.js';
import { RUN_ZNODES } from '../../../shared/protocol/protocol.js';
import type { Acl } from '../../../shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../../shared/zookeeper/errors.js';
import type { Op, Znode } from '../../../shared/zookeeper/session-types.js';
import type { CachedReads } from './cached-reads.js';
import {
  MAX_BYTES,
  MAX_RANK_BYTES,
  parseClaim,
  parseLauncherReport,
  parsePlacement,
  parseRank,
  parseRegistration,
  parseResult,
  parseStartToken,
} from './records.js';
import { type RunBounds, SPARE } from './run-bounds.js';

/** The operations that create a run's znodes, parents first. */
export function createRunOps(path: string, directory: RunDirectory, acl: Acl): readonly Op[] {
  const content: readonly (readonly [name: string, data: string])[] = [
    ['', ''],
    ...PARENTS.map(name => [`/${RUN_ZNODES[name]}`, ''] as const),
    [`/${RUN_ZNODES.nodes}`, JSON.stringify(directory.nodes)],
    [`/${RUN_ZNODES.jobMaster}`, directory.jobMaster],
  ];
  return content.map(([name, data]) => ({
    op: 'create',
    path: `${path}${name}`,
    data: Buffer.from(data),
    acl,
  }));
}

/** Created with the run, so that writers needn't create parents. */
const PARENTS = ['workers', 'placement', 'ranks', 'barriers', 'members'] as const;

export interface RunReads {
  readonly bounds: RunBounds;
  /** Called when the run's bell is rung. */
  readonly bell: () => void;
}

/**
 * Reads all existing znodes of a run, each again only when it changed. The watch on the run's bell is sent first, and
 * a session's requests are served in order, so any change after the reads calls it.
 * @returns undefined if the run has no znode. Rejects `too-much` where programs made more than is read.
 */
export async function readRun(
  cache: CachedReads,
  path: string,
  { bounds, bell }: RunReads,
): Promise<RunWorld | undefined> {
  const at = (name: keyof typeof RUN_ZNODES) => `${path}/${RUN_ZNODES[name]}`;
  const own = cache.get(path, { changed: bell, mostBytes: 0 });
  const names = permitted(cache.children(path, SPARE.own));
  const get = async (name: keyof typeof RUN_ZNODES) =>
    (await names)?.includes(RUN_ZNODES[name])
      ? permitted(cache.get(at(name), { mostBytes: MAX_BYTES }))
      : undefined;
  const read = async <T>(name: keyof typeof RUN_ZNODES, parse: (data: Buffer) => T | undefined) => {
    const znode = await get(name);
    return znode && parse(znode.data);
  };
  const numbered = { cache, most: bounds.workers + SPARE.workers };
  const ended = read('result', parseResult);
  const [run, registrations, placements, launcher, start, stop, claim, result, ranks] = await Promise.all([
    own,
    readNumbered(at('workers'), { ...numbered, parse: toRegistration, number: ({ index }) => index }),
    readNumbered(at('placement'), { ...numbered, parse: toPlacement, number: ({ worker }) => worker }),
    read('launcher', parseLauncherReport),
    get('start'),
    get('stop'),
    read('claim', parseClaim),
    ended,
    // Read ranks after the result: then everything that they reported before it is there
    ended.then(() => readRanks(at('ranks'), cache, bounds.ranks)),
  ]);
  if (!run) return undefined;
  const token = start && parseStartToken(start.data);
  return {
    registrations,
    placements,
    ranks,
    started: start !== undefined,
    ...(token && { startHostfile: token.hostfile }),
    stopping: stop !== undefined,
    ...(launcher && { launcher }),
    ...(claim && { claim }),
    ...(result && { result }),
  };
}

/** There may be thousands. An unchanged record is the same object, so it's parsed only once. */
function once<T>(parse: (data: Buffer) => T | undefined): (znode: Znode) => T | undefined {
  const parsed = new WeakMap<Znode, { readonly record: T | undefined }>();
  return znode => {
    const known = parsed.get(znode) ?? { record: parse(znode.data) };
    parsed.set(znode, known);
    return known.record;
  };
}

const toRegistration = once(parseRegistration);
const toPlacement = once(parsePlacement);
const toRank = once(parseRank);

interface Numbered<T> {
  readonly cache: CachedReads;
  /** Of so many children. */
  readonly most: number;
  readonly parse: (znode: Znode) => T | undefined;
  readonly number: (record: T) => number;
}

/** The children's records, by number; a record whose number differs from its znode's name counts as absent. */
async function readNumbered<T>(
  path: string,
  { cache, most, parse, number }: Numbered<T>,
): Promise<readonly T[]> {
  const names = (await permitted(cache.children(path, most))) ?? [];
  const records = await eachOf(names.filter(isNumber), async name => {
    const znode = await permitted(cache.get(`${path}/${name}`, { mostBytes: MAX_BYTES }));
    const record = znode && parse(znode);
    return record && String(number(record)) === name ? [record] : [];
  });
  return records.flat().sort((a, b) => number(a) - number(b));
}

/** The ranks' own reports, of as many ranks as the job has; a znode without a rank's name or record counts as absent. */
async function readRanks(path: string, cache: CachedReads, ranks: number): Promise<readonly RankReport[]> {
  const names = (await permitted(cache.children(path, ranks + SPARE.ranks))) ?? [];
  const wanted = names.filter(name => isNumber(name) && Number(name) >= 0 && Number(name) < ranks);
  const reports = await eachOf(wanted, async name => {
    const znode = await permitted(cache.get(`${path}/${name}`, { mostBytes: MAX_RANK_BYTES }));
    const record = znode && toRank(znode);
    return record ? [{ ...record, rank: Number(name) }] : [];
  });
  return reports.flat().sort((a, b) => a.rank - b.rank);
}

function isNumber(name: string): boolean {
  return /^(-1|0|[1-9]\d{0,6})$/.test(name);
}

/** Each call has its deadline from when it is made, and each reply may have 1 MB. */
const AT_ONCE = 100;

/** In bounded batches. */
async function eachOf<T, R>(all: readonly T[], read: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE)
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(read))));
  return results;
}

/** An agent can create a znode that only it may read; that counts as absent, and harms only its own run. */
async function permitted<T>(read: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isZooKeeperError(error, 'no-auth')) return undefined;
    throw error;
  }
}
