import type { Acl } from '../../../shared/zookeeper/acl.js';
import type { CreateOptions } from '../../../shared/zookeeper/session-types.js';

interface Writer {
  create(path: string, data: Uint8Array, options: CreateOptions): Promise<'created' | 'exists'>;
}

/**
 * Makes the root and what it always holds. Not under a term, because the first term needs it; each part is made once, and
 * stays.
 */
export async function makeRoot(session: Writer, root: string, acl: Acl): Promise<void> {
  const make = (path: string) => session.create(path, Buffer.alloc(0), { acl });
  const parents = root.split('/').slice(1);
  for (let depth = 1; depth <= parents.length; depth++) await make(`/${parents.slice(0, depth).join('/')}`);
  await Promise.all(['jobs', 'runs', LINE, EPOCH].map(name => make(`${root}/${name}`)));
}

/** Below the root: its version is the epoch, its data says whose it is. */
export const EPOCH = 'epoch';

/** Below an installation's root: a znode for each controller, ephemeral, of a name that no other has. */
export const LINE = 'leader';
