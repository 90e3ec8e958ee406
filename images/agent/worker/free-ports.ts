import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { errorMessage } from '../../../controller/shared/error-message.js';

/** From where Twister2's begin to where Linux takes ports for outgoing connections from (ip_local_port_range, 32768). */
export const PORTS = { first: 30_001, last: 32_767 } as const;

/**
 * A free TCP port for each name: each was bound on the address, all at once, and is let go again for a program of the run to take. The
 * lowest ones of {@link PORTS} that are free, in the order of the names. Throws with what is wrong when there are not enough.
 * @param taken ports that are about to be used.
 */
export async function freePorts(
  names: readonly string[],
  address: string,
  taken: readonly number[] = [],
): Promise<Readonly<Record<string, number>>> {
  const held: Server[] = [];
  const found: [string, number][] = [];
  try {
    for (let port: number = PORTS.first; found.length < names.length; port++) {
      const name = names[found.length] ?? '';
      if (port > PORTS.last)
        throw new Error(`no free port for ${name} in ${PORTS.first}-${PORTS.last} on ${address}`);
      const server = taken.includes(port) ? undefined : await bound(address, port);
      if (server === undefined) continue;
      held.push(server);
      found.push([name, port]);
    }
    return Object.fromEntries(found);
  } finally {
    await Promise.all(held.map(server => once(server.close(), 'close')));
  }
}

/** A server on that port; undefined where it is in use. */
async function bound(address: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host: address, port, exclusive: true }), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw new Error(`port ${port} on ${address}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
