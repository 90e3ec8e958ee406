import { LeadershipLost, PortError } from '../../../ports/errors.js';
import { isZooKeeperError } from '../../../shared/zookeeper/errors.js';

/** Translates a session's error into the port's; returns any other error unchanged. */
export function toPortError(
  error: unknown,
  hosts: string,
  session: { readonly lostForMs: number; readonly lastError: string | undefined },
): unknown {
  if (error instanceof PortError)
    return new PortError(error.kind, `zookeeper ${hosts}: ${error.message}`, { cause: error });
  if (!isZooKeeperError(error)) return error;
  if (error.code === 'fenced')
    return new LeadershipLost(`zookeeper ${hosts}: ${error.message}`, { cause: error });
  const { lostForMs, lastError } = session;
  const words =
    lostForMs > 0 && error.code !== 'closed'
      ? `no connection for ${(lostForMs / 1000).toFixed(0)} s: ${lastError ?? 'still connecting'}`
      : error.code === 'no-auth'
        ? `${error.message}; give its owner's credential by --zookeeper-auth, or another --zookeeper-root`
        : error.message;
  const isForPeople = error.code === 'no-auth' || error.code === 'invalid';
  return new PortError(isForPeople ? 'blocked' : 'retry', `zookeeper ${hosts}: ${words}`, { cause: error });
}
