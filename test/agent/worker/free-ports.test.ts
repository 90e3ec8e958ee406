import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { freePorts, PORTS } from '../../../images/agent/worker/free-ports.js';

/** All of 127.0.0.0/8 is this machine's own; no other process uses this one. */
const ADDRESS = '127.93.7.11';

describe('free ports of a worker', () => {
  const servers: Server[] = [];
  const take = async (port: number, address = ADDRESS): Promise<void> => {
    const server = createServer();
    servers.push(server);
    await once(server.listen(port, address), 'listening');
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(server => once(server.close(), 'close')));
  });

  it('are the lowest free ones of the range on that address, one for each name', async () => {
    await take(PORTS.first + 1);
    expect(await freePorts(['rpc', 'metrics'], ADDRESS)).to.deep.equal({
      rpc: PORTS.first,
      metrics: PORTS.first + 2,
    });
  });

  it('can be taken as soon as they are known', async () => {
    const { rpc } = await freePorts(['rpc'], ADDRESS);
    await take(rpc ?? 0);
    expect(await freePorts(['rpc'], ADDRESS)).to.deep.equal({ rpc: PORTS.first + 1 });
  });

  it('exclude ports in use on all addresses, and sshd’s port', async () => {
    await take(PORTS.first, '0.0.0.0');
    expect(await freePorts(['rpc'], ADDRESS, [PORTS.first + 1])).to.deep.equal({ rpc: PORTS.first + 2 });
  });

  it('are refused with the address and the reason where that is not this machine’s', async () => {
    const error = await freePorts(['rpc'], '192.0.2.1').catch((thrown: unknown) => String(thrown));
    expect(error).to.match(/port 30001 on 192\.0\.2\.1: .*EADDRNOTAVAIL/);
  });

  it('name the first name without a port when all are taken', async () => {
    const all = Array.from({ length: PORTS.last - PORTS.first + 1 }, (_, i) => PORTS.first + i);
    const error = await freePorts(['rpc'], ADDRESS, all).catch((thrown: unknown) => String(thrown));
    expect(error).to.include(`no free port for rpc in 30001-32767 on ${ADDRESS}`);
  });

  it('are not searched for when none are requested', async () => {
    expect(await freePorts([], '192.0.2.1')).to.deep.equal({});
  });
});
