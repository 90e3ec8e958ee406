import { Exception } from 'node-zookeeper-client';
import { MAX_FRAME, TOO_LONG } from './frames.js';

/**
 * What a caller can tell apart. `connection` and `deadline` may pass by themselves; `fenced`: what was asked for with a write does not hold;
 * `invalid` was never sent: a bad path, too much data; `too-much`: there is more than is read; `other` is in the server's words.
 */
export type ZooKeeperErrorCode =
  | 'no-node'
  | 'exists'
  | 'version'
  | 'no-auth'
  | 'not-empty'
  | 'fenced'
  | 'connection'
  | 'deadline'
  | 'closed'
  | 'invalid'
  | 'too-much'
  | 'other';

export class ZooKeeperError extends Error {
  /**
   * @param code what went wrong, for programs.
   * @param message names the call and the path: "set /a: expected version 3, found another".
   * @param inDoubt true when the request was sent and its reply was not seen: it may have been done.
   */
  constructor(
    readonly code: ZooKeeperErrorCode,
    message: string,
    readonly inDoubt = false,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ZooKeeperError';
  }
}

export function isZooKeeperError(error: unknown, code?: ZooKeeperErrorCode): error is ZooKeeperError {
  return error instanceof ZooKeeperError && (code === undefined || error.code === code);
}

const WORDS: Readonly<Record<number, readonly [ZooKeeperErrorCode, string]>> = {
  [Exception.CONNECTION_LOSS]: ['connection', 'connection lost before the reply'],
  [Exception.NO_NODE]: ['no-node', 'no such znode'],
  [Exception.NO_AUTH]: ['no-auth', 'not permitted: the znode belongs to another credential'],
  [Exception.BAD_VERSION]: ['version', 'the version of the znode has changed'],
  [Exception.NO_CHILDREN_FOR_EPHEMERALS]: ['other', 'an ephemeral znode cannot have children'],
  [Exception.NODE_EXISTS]: ['exists', 'the znode exists already'],
  [Exception.NOT_EMPTY]: ['not-empty', 'the znode has children'],
  [Exception.SESSION_EXPIRED]: ['connection', 'the session expired'],
  // Codes that the library does not know: org.apache.zookeeper.KeeperException.Code of ZooKeeper 3.9.
  [-13]: ['other', 'no quorum of the new configuration'],
  [-14]: ['other', 'a reconfiguration is in progress'],
  [-118]: ['other', 'the session moved to another server'],
  [-119]: ['other', 'the server is read-only'],
  [-120]: ['other', 'ephemeral znodes are not allowed on a local session'],
  [-121]: ['other', 'no such watcher'],
  [-122]: ['other', 'the server gave up on the request'],
  [-123]: ['other', 'reconfiguration is disabled'],
  [-124]: ['other', 'the server asks for SASL authentication'],
  [-125]: ['other', 'quota exceeded'],
  [-127]: ['other', 'the server throttles requests'],
  [TOO_LONG]: ['too-much', `the reply is longer than the ${MAX_FRAME / 1024 / 1024} MiB that are read`],
};

/** The library's error, in words that name call and path. */
export function translate(call: string, path: string, error: unknown): ZooKeeperError {
  const code = codeOf(error);
  const known = code === undefined ? undefined : WORDS[code];
  const words =
    known?.[1] ?? (code === undefined ? String((error as Error).message ?? error) : `error code ${code}`);
  return new ZooKeeperError(known?.[0] ?? 'other', `${call} ${path}: ${words}`, known?.[0] === 'connection', {
    cause: error,
  });
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

/** The library's type leaves its factory out. */
type Factory = { create(code: number, path?: string): Error };

/**
 * Makes the library's error factory accept every code. As shipped it throws on codes it does not know, inside its
 * socket handler, and that ends the process. Idempotent.
 */
export function acceptUnknownCodes(): void {
  const factory = Exception as unknown as Factory & { [accepts]?: true };
  if (factory[accepts] === true) return;
  factory[accepts] = true;
  const create = factory.create;
  factory.create = (code, path) => {
    try {
      return create(code, path);
    } catch {
      // It throws for no other reason than an unknown code; the code itself is all that is known then.
      return Object.assign(new Error(`zookeeper error ${code}`), { code, path, getCode: () => code });
    }
  };
}

const accepts = Symbol('accepts unknown codes');
