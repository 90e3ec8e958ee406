import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';

const SERVERS = 3;
/** That one of three servers is never the first of so many sessions has a chance of one in 60 million. */
const SESSIONS = 45;

describe('a session with several servers', () => {
  const servers: Server[] = [];
  const ports: number[] = [];
  /** Ports in the order in which they were connected to. */
  let connected: number[] = [];

  before(async () => {
    for (let at = 0; at < SERVERS; at += 1) {
      const server = createServer(socket => {
        connected.push((server.address() as AddressInfo).port);
        socket.destroy();
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      servers.push(server);
      ports.push((server.address() as AddressInfo).port);
    }
  });

  after(() => {
    for (const server of servers) server.close();
  });

  /** The servers that one session tries, in order, until it has tried each. */
  async function tried(): Promise<readonly number[]> {
    connected = [];
    const session = ZooKeeperSession.connect({
      hosts: ports.map(port => `127.0.0.1:${port}`).join(','),
      credential: 'user:password',
      timeoutMs: 10_000,
    });
    while (connected.length < SERVERS) await new Promise(resolve => setTimeout(resolve, 1));
    await session.close();
    return connected.slice(0, SERVERS);
  }

  it('begins with any of them, and tries each of the others before one again', async () => {
    const orders: (readonly number[])[] = [];
    for (let at = 0; at < SESSIONS; at += 1) orders.push(await tried());
    for (const order of orders) expect([...order].sort()).to.deep.equal([...ports].sort());
    expect([...new Set(orders.map(([first]) => first))].sort()).to.deep.equal([...ports].sort());
  });
});
