import { type Client, CreateMode, type Stat } from 'node-zookeeper-client';
import type { Calls } from './calls.js';
import { isZooKeeperError, translate, ZooKeeperError } from './errors.js';
import type { Fence, Op } from './session-types.js';

/** The server closes the connection, without a word, on a request of 1,048,575 bytes or more (`jute.maxbuffer`). */
const MAX_DATA = 1_000_000;

/** Rejects what the server would answer by closing the connection. */
export function checkSize(call: string, path: string, data: Uint8Array): void {
  if (data.length <= MAX_DATA) return;
  const words = `${call} ${path}: at most ${MAX_DATA} bytes of data, got ${data.length}`;
  throw new ZooKeeperError('invalid', words);
}

/** What a transaction says of one of its operations (lib/jute/index.js, TransactionResponse). */
interface Result {
  readonly type: number;
  /** Of one that failed, or was not done because another failed. */
  readonly err?: number;
  /** Of one that set data. */
  readonly stat?: Stat;
}

/** jute.OP_CODES.ERROR */
const ERROR = -1;

/**
 * All of the operations or none, and what the fence asks for with them; sent once.
 * @returns the new version of the last operation's znode, where that one sets data.
 */
export async function transact(
  calls: Calls,
  ops: readonly Op[],
  { deadline, fence }: { readonly deadline: number; readonly fence?: Fence | undefined },
): Promise<number | undefined> {
  for (const op of ops) if ('data' in op) checkSize('commit', op.path, op.data);
  const checks = fence?.() ?? [];
  const all = [...checks, ...ops];
  let failed: Op | undefined;
  try {
    const results = await calls.run<readonly Result[]>('commit', pathsOf(ops), deadline, (client, done) => {
      const transaction = client.transaction();
      for (const op of all) add(transaction, op);
      transaction.commit((error, answer) => {
        const results = answer as unknown as readonly Result[] | undefined;
        failed = all[results?.findIndex(({ type, err }) => type === ERROR && err !== 0) ?? -1];
        done(error, results ?? []);
      });
    });
    return results.at(-1)?.stat?.version;
  } catch (error) {
    if (!failed || !isZooKeeperError(error)) throw error;
    const words = translate(failed.op, failed.path, error.cause);
    const isOff = words.code === 'version' || words.code === 'no-node';
    const isFenced = isOff && checks.some(check => check === failed);
    throw isFenced ? new ZooKeeperError('fenced', words.message, false, { cause: error }) : words;
  }
}

function pathsOf(ops: readonly Op[]): string {
  return ops.map(op => op.path).join(' ');
}

export function createMode(ephemeral = false): number {
  return ephemeral ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
}

function add(transaction: ReturnType<Client['transaction']>, op: Op): void {
  if (op.op === 'create')
    transaction.create(op.path, Buffer.from(op.data), [...op.acl], createMode(op.ephemeral));
  else if (op.op === 'set') transaction.setData(op.path, Buffer.from(op.data), op.version);
  else if (op.op === 'remove') transaction.remove(op.path, op.version);
  else transaction.check(op.path, op.version);
  // The library takes version 0 for "any version"
  const queued = (transaction as unknown as { ops: { version?: number }[] }).ops.at(-1);
  if (queued && op.op !== 'create') queued.version = op.version ?? -1;
}
