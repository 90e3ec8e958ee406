import { RUN_ZNODES } from '../../core/protocol.js';
import type { RunWorld } from '../../core/world.js';
import type { CachedReads } from './cached-reads.js';
import { isZooKeeperError } from './errors.js';
import {
  parseClaim,
  parseLauncherReport,
  parsePlacement,
  parseRegistration,
  parseResult,
  parseStartToken,
} from './records.js';
import type { ZooKeeperSession } from './session.js';

/**
 * Reads all znodes of a run. The watch on the run's bell is sent first, and one session's requests are served in
 * order, so whatever changes after the reads calls it.
 * @returns undefined when the run has no znode.
 */
export async function readRun(
  session: ZooKeeperSession,
  cache: CachedReads,
  path: string,
  bell: () => void,
): Promise<RunWorld | undefined> {
  const at = (name: keyof typeof RUN_ZNODES) => `${path}/${RUN_ZNODES[name]}`;
  const read = async <T>(name: keyof typeof RUN_ZNODES, parse: (data: Buffer) => T | undefined) => {
    const znode = await permitted(session.get(at(name)));
    return znode && parse(znode.data);
  };
  const [run, registrations, placements, launcher, start, stop, claim, result] = await Promise.all([
    session.get(path, bell),
    readNumbered(session, cache, at('workers'), parseRegistration, ({ index }) => index),
    readNumbered(session, cache, at('placement'), parsePlacement, ({ worker }) => worker),
    read('launcher', parseLauncherReport),
    permitted(session.get(at('start'))),
    permitted(session.get(at('stop'))),
    read('claim', parseClaim),
    read('result', parseResult),
  ]);
  if (!run) return undefined;
  const token = start && parseStartToken(start.data);
  return {
    registrations,
    placements,
    started: start !== undefined,
    ...(token && { startHostfile: token.hostfile }),
    stopping: stop !== undefined,
    ...(launcher && { launcher }),
    ...(claim && { claim }),
    ...(result && { result }),
  };
}

/** The records of the children, by number; one whose number is not its znode's name counts as absent. */
async function readNumbered<T>(
  session: ZooKeeperSession,
  cache: CachedReads,
  path: string,
  parse: (data: Buffer) => T | undefined,
  number: (record: T) => number,
): Promise<readonly T[]> {
  const names = (await permitted(session.children(path))) ?? [];
  const records = await Promise.all(
    names.map(async name => {
      const znode = await permitted(cache.get(`${path}/${name}`));
      const record = znode && parse(znode.data);
      return record && String(number(record)) === name ? [record] : [];
    }),
  );
  return records.flat().sort((a, b) => number(a) - number(b));
}

/** An agent can make a znode that nobody else may read; that is its own run's loss, and counts as absent. */
async function permitted<T>(read: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isZooKeeperError(error, 'no-auth')) return undefined;
    throw error;
  }
}
