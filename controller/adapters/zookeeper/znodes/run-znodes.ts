import type { RankReport, RunWorld } from '../../../core/model/world.js';
import type { RunDirectory } from '../../../shared/protocol/program-records.js';
import { RUN_ZNODES } from '../../../shared/protocol/protocol.js';
import type { Acl } from '../../../shared/zookeeper/acl.js';
import { isZooKeeperError } from '../../../shared/zookeeper/errors.js';
import type { Op, Znode } from '../../../shared/zookeeper/session-types.js';
import type { CachedReads } from './cached-reads.js';
import {
  parseClaim,
  parseLauncherReport,
  parsePlacement,
  parseRank,
  parseRegistration,
  parseResult,
  parseStartToken,
} from './records.js';

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

/**
 * Reads all existing znodes of a run, each again only when it changed. The watch on the run's bell is sent first, and
 * a session's requests are served in order, so any change after the reads calls it.
 * @returns undefined if the run has no znode.
 */
export async function readRun(
  cache: CachedReads,
  path: string,
  bell: () => void,
): Promise<RunWorld | undefined> {
  const at = (name: keyof typeof RUN_ZNODES) => `${path}/${RUN_ZNODES[name]}`;
  const own = cache.get(path, bell);
  const names = permitted(cache.children(path));
  const get = async (name: keyof typeof RUN_ZNODES) =>
    (await names)?.includes(RUN_ZNODES[name]) ? permitted(cache.get(at(name))) : undefined;
  const read = async <T>(name: keyof typeof RUN_ZNODES, parse: (data: Buffer) => T | undefined) => {
    const znode = await get(name);
    return znode && parse(znode.data);
  };
  const ended = read('result', parseResult);
  const [run, registrations, placements, launcher, start, stop, claim, result, ranks] = await Promise.all([
    own,
    readNumbered(cache, at('workers'), toRegistration, ({ index }) => index),
    readNumbered(cache, at('placement'), toPlacement, ({ worker }) => worker),
    read('launcher', parseLauncherReport),
    get('start'),
    get('stop'),
    read('claim', parseClaim),
    ended,
    // Read ranks after the result: then everything that they reported before it is there
    ended.then(() => readRanks(cache, at('ranks'))),
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

/** The children's records, by number; a record whose number differs from its znode's name counts as absent. */
async function readNumbered<T>(
  cache: CachedReads,
  path: string,
  parse: (znode: Znode) => T | undefined,
  number: (record: T) => number,
): Promise<readonly T[]> {
  const names = (await permitted(cache.children(path))) ?? [];
  const records = await Promise.all(
    names.map(async name => {
      const znode = await permitted(cache.get(`${path}/${name}`));
      const record = znode && parse(znode);
      return record && String(number(record)) === name ? [record] : [];
    }),
  );
  return records.flat().sort((a, b) => number(a) - number(b));
}

/** The ranks' own reports; a znode without a rank's name or record counts as absent. */
async function readRanks(cache: CachedReads, path: string): Promise<readonly RankReport[]> {
  const names = (await permitted(cache.children(path))) ?? [];
  const reports = await Promise.all(
    names.filter(isRank).map(async name => {
      const znode = await permitted(cache.get(`${path}/${name}`));
      const record = znode && toRank(znode);
      return record ? [{ ...record, rank: Number(name) }] : [];
    }),
  );
  return reports.flat().sort((a, b) => a.rank - b.rank);
}

function isRank(name: string): boolean {
  return /^(0|[1-9]\d{0,6})$/.test(name);
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
