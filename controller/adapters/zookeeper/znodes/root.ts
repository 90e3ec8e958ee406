import type { Acl } from '../../../shared/zookeeper/acl.js';
import type { CreateOptions } from '../../../shared/zookeeper/session-types.js';
import type { CachedReads } from './cached-reads.js';

interface Writer {
  create(path: string, data: Uint8Array, options: CreateOptions): Promise<'created' | 'exists'>;
}

/**
 * Creates the root and its fixed children. This needs no term, because the first term needs them; each is created
 * once and kept.
 */
export async function makeRoot(session: Writer, root: string, acl: Acl): Promise<void> {
  const make = (path: string) => session.create(path, Buffer.alloc(0), { acl });
  const parents = root.split('/').slice(1);
  for (let depth = 1; depth <= parents.length; depth++) await make(`/${parents.slice(0, depth).join('/')}`);
  await Promise.all(['jobs', 'runs', LINE, EPOCH].map(name => make(`${root}/${name}`)));
}

/** Below the root: its version is the epoch, its data names the owner. */
export const EPOCH = 'epoch';

/** Below the root: its data tell one ZooKeeper from another behind the same name. */
export const ID = 'id';

/** Below an installation's root: an ephemeral znode with a unique name for each controller. */
export const LINE = 'leader';

/**
 * The id of the ZooKeeper, or undefined where it has none yet. By the list of what is below the root: each read of an absent znode
 * would arm one more watch.
 */
export async function readId(
  reads: Pick<CachedReads, 'get' | 'children'>,
  root: string,
): Promise<string | undefined> {
  const names = await reads.children(root);
  const znode = names?.includes(ID) ? await reads.get(`${root}/${ID}`) : undefined;
  return znode?.data.toString('utf8');
}
