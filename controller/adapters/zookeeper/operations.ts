import { performance } from 'node:perf_hooks';
import { CreateMode, type Stat } from 'node-zookeeper-client';
import type { Calls, Issue } from './calls.js';
import { isZooKeeperError, ZooKeeperError } from './errors.js';
import type { CreateOptions, Op, Znode } from './session-types.js';
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

export function listChildren(
  channel: Channel,
  path: string,
  watch?: () => void,
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
  return persist(channel, deadline => orAbsent(channel.calls.run('children', path, deadline, issue)));
}

/** The server closes the connection, without a word, on a request of 1,048,575 bytes or more (`jute.maxbuffer`). */
const MAX_DATA = 1_000_000;

function checkSize(call: string, path: string, data: Uint8Array): void {
  if (data.length > MAX_DATA)
    throw new ZooKeeperError(
      'invalid',
      `${call} ${path}: at most ${MAX_DATA} bytes of data, got ${data.length}`,
    );
}

export function createZnode(
  channel: Channel,
  path: string,
  data: Buffer,
  { acl, ephemeral = false }: CreateOptions,
): Promise<'created' | 'exists'> {
  const mode = ephemeral ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
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

export function setZnode(channel: Channel, path: string, data: Buffer, version = -1): Promise<number> {
  return persist(channel, async (deadline, doubt) => {
    checkSize('set', path, data);
    if (doubt && version >= 0) {
      const there = await getOnce(channel, path, deadline);
      if (there.version === version + 1 && there.data.equals(data)) return there.version;
    }
    const stat = await channel.calls.run<Stat>('set', path, deadline, (client, done) =>
      client.setData(path, data, version, done),
    );
    return stat.version;
  });
}

export function removeZnode(channel: Channel, path: string, version = -1): Promise<'removed' | 'absent'> {
  return persist(channel, async (deadline, doubt) => {
    const gone = await orAbsent(
      channel.calls.run<true>('remove', path, deadline, (client, done) =>
        client.remove(path, version, error => done(error, true)),
      ),
    );
    return gone || doubt ? 'removed' : 'absent';
  });
}

/** All or nothing, and sent once: when it is in doubt whether it was done, the caller has to look. */
export async function commit(channel: Channel, ops: readonly Op[]): Promise<void> {
  for (const op of ops) if ('data' in op) checkSize('commit', op.path, op.data);
  const deadline = performance.now() + channel.deadlineMs;
  return channel.calls.run<undefined>(
    'commit',
    ops.map(op => op.path).join(' '),
    deadline,
    (client, done) => {
      const transaction = client.transaction();
      for (const op of ops) {
        if (op.op === 'create') transaction.create(op.path, Buffer.from(op.data), [...op.acl]);
        else if (op.op === 'set') transaction.setData(op.path, Buffer.from(op.data), op.version);
        else if (op.op === 'remove') transaction.remove(op.path, op.version);
        else transaction.check(op.path, op.version);
        // The library takes version 0 for "any version".
        const queued = (transaction as unknown as { ops: { version?: number }[] }).ops.at(-1);
        if (queued && op.op !== 'create') queued.version = op.version ?? -1;
      }
      transaction.commit(error => done(error, undefined));
    },
  );
}

/**
 * Removes the znode and all below it, also while others create more there. A leaf needs no permission of its own: the
 * right to delete is its parent's.
 */
export async function removeTree(channel: Channel, path: string, rounds = 10): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await removeZnode(channel, path);
      return;
    } catch (error) {
      if (!isZooKeeperError(error, 'not-empty')) throw error;
      if (round > rounds)
        throw new ZooKeeperError('not-empty', `remove ${path}: still has children after ${rounds} rounds`);
    }
    const children = (await listChildren(channel, path)) ?? [];
    await Promise.all(children.map(child => removeTree(channel, `${path}/${child}`, rounds)));
  }
}

async function orAbsent<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isZooKeeperError(error, 'no-node')) return undefined;
    throw error;
  }
}
