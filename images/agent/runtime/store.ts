import { singleFlight } from '../../../controller/shared/single-flight.js';
import { digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import type { Identity } from './identity.js';
import type { Log } from './log.js';

/** A record that is there for as long as this agent is, and is made again after a lost session. */
export interface Kept {
  set(value: unknown): void;
  release(): Promise<void>;
}

/** The run's znodes, by their names below the run's own. Each change by this agent also rings the run's bell. */
export interface RunStore {
  /** The record, or undefined when it is not there or is no JSON. `watch` is called once, when it changed. */
  read<T>(name: string, watch?: () => void): Promise<T | undefined>;
  /** Whether the znode is there, whatever is in it. `watch` is called once, when that changed. */
  has(name: string, watch: () => void): Promise<boolean>;
  children(name: string, watch: () => void): Promise<readonly string[]>;
  /** Makes a record that is made once. */
  create(name: string, value: unknown): Promise<'created' | 'exists'>;
  /** Creates or replaces a record that stays. */
  put(name: string, value: unknown): Promise<void>;
  keep(name: string, value: unknown): Kept;
  close(): Promise<void>;
}

/** Connects in the background; calls wait for the connection and fail after their deadline. */
export function openStore({ spec, credential }: Identity, log: Log): RunStore {
  const session = ZooKeeperSession.connect({
    hosts: spec.zookeeper,
    timeoutMs: spec.sessionTimeoutMs,
    credential,
    log: message => log('zookeeper', { message }),
  });
  const acl = digestAcl(credential);
  const path = (name: string) => `${spec.znode}/${name}`;
  // A lost ring costs the controller a tick, no more
  const ring = singleFlight(async () => {
    await session
      .set(spec.znode, Buffer.from('changed'))
      .catch((error: unknown) => log('could not notify the controller', { error: String(error) }));
  });
  return {
    read: async <T>(name: string, watch?: () => void) => {
      const znode = await session.get(path(name), watch);
      return znode === undefined ? undefined : parse<T>(znode.data);
    },
    has: async (name, watch) => (await session.get(path(name), watch)) !== undefined,
    children: async (name, watch) => (await session.children(path(name), watch)) ?? [],
    create: async (name, value) => {
      const made = await session.create(path(name), encode(value), { acl });
      if (made === 'created') ring();
      return made;
    },
    put: async (name, value) => {
      const made = await session.create(path(name), encode(value), { acl });
      if (made === 'exists') await session.set(path(name), encode(value));
      ring();
    },
    keep: (name, value) => {
      const handle = session.ephemeral(path(name), encode(value), acl, ring);
      return {
        set: next => handle.set(encode(next)),
        release: async () => {
          await handle.release();
          ring();
        },
      };
    },
    close: () => session.close(),
  };
}

function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Records are written by the controller and by agents of the same version, so their shape is not checked again. */
function parse<T>(data: Buffer): T | undefined {
  try {
    return JSON.parse(data.toString('utf8')) as T;
  } catch {
    return undefined; // the protocol's rule: what does not parse is not there
  }
}
