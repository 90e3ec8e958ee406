import { performance } from 'node:perf_hooks';
import type { Stat } from 'node-zookeeper-client';
import type { Acl } from './acl.js';
import type { Calls, Issue } from './calls.js';
import { isZooKeeperError, ZooKeeperError } from './errors.js';
import type { CreateOptions, Fence, Op, Znode } from './session-types.js';
import { checkSize, createMode, transact } from './transactions.js';
import type { Watches } from './watches.js';

/** What the operations need of a session. */
export interface Channel {
  readonly calls: Calls;
  readonly watches: Watches;
  readonly deadlineMs: number;
  /** Is this owner of an ephemeral znode a session of ours? */
  isMine(owner: Buffer): boolean;
}

/**
 * Runs `step` again for as long as connections are lost under it and its deadline allows.
 * `doubt` is true when an earlier try was sent and its reply never seen, so that it may have been done.
 */
async function persist<T>(
  channel: Channel,
  step: (deadline: number, doubt: boolean) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + channel.deadlineMs;
  let doubt = false;
  let authTried = false;
  for (;;) {
    try {
      return await step(deadline, doubt);
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      // On a new connection the server may look at a request before it has taken in the credential.
      const early: boolean = error.code === 'no-auth' && !authTried;
      const lost: boolean = error.code === 'connection' && error.inDoubt;
      if (!(early || lost) || performance.now() >= deadline) throw doubt ? stillInDoubt(error) : error;
      authTried ||= early;
      doubt ||= lost;
    }
  }
}

/** That the last try was never sent says nothing about the try before it. */
function stillInDoubt(error: ZooKeeperError): ZooKeeperError {
  if (error.code !== 'connection' || error.inDoubt) return error;
  return new ZooKeeperError('connection', error.message, true, { cause: error });
}

export function readZnode(channel: Channel, path: string, watch?: () => void): Promise<Znode | undefined> {
  return persist(channel, async deadline => {
    for (;;) {
      const there = await orAbsent(getOnce(channel, path, deadline, watch));
      // Reading what is absent arms nothing; asking whether it exists does.
      if (there || !watch || !(await existsOnce(channel, path, deadline, watch))) return there;
    }
  });
}

function getOnce(channel: Channel, path: string, deadline: number, watch?: () => void): Promise<Znode> {
  const issue: Issue<Znode> = (client, done) => {
    const reply = (error: unknown, data: Buffer | undefined, stat: Stat): void => {
      if (watch && !error) channel.watches.arm('data', path, watch);
      if (error) done(error, undefined as never);
      else done(undefined, znode(channel, data, stat));
    };
    if (watch) client.getData(path, channel.watches.trigger('data', path), reply);
    else client.getData(path, reply);
  };
  return channel.calls.run('get', path, deadline, issue);
}

function existsOnce(channel: Channel, path: string, deadline: number, watch: () => void): Promise<boolean> {
  return channel.calls.run('exists', path, deadline, (client, done) => {
    client.exists(path, channel.watches.trigger('data', path), (error, stat) => {
      if (!error) channel.watches.arm('data', path, watch);
      done(error, Boolean(stat));
    });
  });
}

function znode(channel: Channel, data: Buffer | undefined, stat: Stat): Znode {
  const ephemeral = stat.ephemeralOwner.some(byte => byte !== 0);
  return {
    data: data ?? Buffer.alloc(0),
    version: stat.version,
    czxid: stat.czxid.toString('hex'),
    ephemeral,
    mine: ephemeral && channel.isMine(stat.ephemeralOwner),
  };
}

export interface ListOptions {
  readonly watch?: (() => void) | undefined;
  /** Rejects `too-much` where there are more, in most cases before any of them is asked for. */
  readonly most?: number | undefined;
}

export function listChildren(
  channel: Channel,
  path: string,
  { watch, most = Number.POSITIVE_INFINITY }: ListOptions = {},
): Promise<string[] | undefined> {
  const issue: Issue<string[]> = (client, done) => {
    const reply = (error: unknown, children: string[]): void => {
      if (watch && !error) channel.watches.arm('children', path, watch);
      if (error) channel.watches.forgetUnarmed('children', path);
      done(error, children);
    };
    if (watch) client.getChildren(path, channel.watches.trigger('children', path), reply);
    else client.getChildren(path, reply);
  };
  return persist(channel, async deadline => {
    if (Number.isFinite(most)) checkCount(path, await countChildren(channel, path, deadline), most);
    const names = await orAbsent(channel.calls.run('children', path, deadline, issue));
    checkCount(path, names?.length ?? 0, most);
    return names;
  });
}

function countChildren(channel: Channel, path: string, deadline: number): Promise<number> {
  return channel.calls.run('exists', path, deadline, (client, done) =>
    client.exists(path, (error, stat: Stat | null) => done(error, stat?.numChildren ?? 0)),
  );
}

function checkCount(path: string, count: number, most: number): void {
  if (count <= most) return;
  throw new ZooKeeperError(
    'too-much',
    `children ${path}: ${count} znodes, of which at most ${most} are read`,
  );
}

export function createZnode(
  channel: Channel,
  path: string,
  data: Buffer,
  { acl, ephemeral = false, fence }: CreateOptions,
): Promise<'created' | 'exists'> {
  const mode = createMode(ephemeral);
  const op = { op: 'create', path, data, acl, ephemeral } as const;
  return persist(channel, async (deadline, doubt) => {
    checkSize('create', path, data);
    const isThere = async (): Promise<'created' | 'exists' | undefined> => {
      const there = await orAbsent(getOnce(channel, path, deadline));
      if (!there) return undefined;
      const mine = there.ephemeral === ephemeral && (!ephemeral || there.mine) && there.data.equals(data);
      return mine ? 'created' : 'exists';
    };
    const before = doubt ? await isThere() : undefined;
    if (before) return before;
    try {
      if (fence) await transact(channel.calls, [op], { deadline, fence });
      else
        await channel.calls.run('create', path, deadline, (client, done) =>
          client.create(path, data, [...acl], mode, done),
        );
      return 'created';
    } catch (error) {
      if (!isZooKeeperError(error, 'exists')) throw error;
      return (doubt ? await isThere() : undefined) ?? 'exists';
    }
  });
}

interface WriteOptions {
  /** The write rejects `version` when the znode has another one. */
  readonly version?: number | undefined;
  readonly fence?: Fence | undefined;
}

export function setZnode(
  channel: Channel,
  path: string,
  data: Buffer,
  { version = -1, fence }: WriteOptions = {},
): Promise<number> {
  return persist(channel, async (deadline, doubt) => {
    checkSize('set', path, data);
    if (doubt && version >= 0) {
      const there = await getOnce(channel, path, deadline);
      if (there.version === version + 1 && there.data.equals(data)) return there.version;
    }
    if (fence) {
      const op = { op: 'set', path, data, version } as const;
      return (await transact(channel.calls, [op], { deadline, fence })) ?? version + 1;
    }
    const stat = await channel.calls.run<Stat>('set', path, deadline, (client, done) =>
      client.setData(path, data, version, done),
    );
    return stat.version;
  });
}

export function removeZnode(
  channel: Channel,
  path: string,
  { version = -1, fence }: WriteOptions = {},
): Promise<'removed' | 'absent'> {
  return persist(channel, async (deadline, doubt) => {
    const removed = fence
      ? transact(channel.calls, [{ op: 'remove', path, version }], { deadline, fence }).then(() => true)
      : channel.calls.run<true>('remove', path, deadline, (client, done) =>
          client.remove(path, version, error => done(error, true)),
        );
    const gone = await orAbsent(removed);
    return gone || doubt ? 'removed' : 'absent';
  });
}

export function setAcl(channel: Channel, path: string, acl: Acl): Promise<void> {
  return persist(channel, async deadline => {
    await channel.calls.run('set acl', path, deadline, (client, done) =>
      client.setACL(path, [...acl], -1, done),
    );
  });
}

/** All or nothing, and sent once: when it is in doubt whether it was done, the caller has to look. */
export async function commit(channel: Channel, ops: readonly Op[], fence?: Fence): Promise<void> {
  await transact(channel.calls, ops, { deadline: performance.now() + channel.deadlineMs, fence });
}

/** What the reply holds; undefined where there is no such znode. */
export async function orAbsent<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isZooKeeperError(error, 'no-node')) return undefined;
    throw error;
  }
}
