import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import ssh2 from 'ssh2';
import { runtime } from '../../../controller/adapters/lib/runtime.js';
import { prove } from '../../../images/agent/launcher/ssh-login.js';

const client = runtime.keyPair();
const host = runtime.keyPair();

describe('a proof of SSH', () => {
  let server: ssh2.Server;
  let port: number;
  let sessions = 0;
  let logins = 0;

  beforeEach(async () => {
    sessions = 0;
    logins = 0;
    server = new ssh2.Server({ hostKeys: [host.privateKey] }, connection => {
      connection.on('error', () => undefined); // the client hangs up when it refuses
      connection.on('session', () => {
        sessions += 1;
      });
      connection.on('authentication', context => {
        logins += 1;
        const blob = Buffer.from(client.publicKey.split(' ')[1] ?? '', 'base64');
        if (context.method === 'publickey' && context.key.data.equals(blob)) context.accept();
        else context.reject(['publickey']);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(done => {
    server.close(() => done());
  });

  const attempt = (changes: { hostPublicKey?: string; clientKey?: string; deadlineMs?: number } = {}) =>
    prove({
      ...{
        address: '127.0.0.1',
        port,
        user: 'root',
        clientKey: client.privateKey,
        hostPublicKey: host.publicKey,
      },
      ...{ deadlineMs: 5000, signal: new AbortController().signal },
      ...changes,
    });

  it('holds when host key and client key are the run’s, and runs nothing there', async () => {
    expect(await attempt()).to.equal(undefined);
    expect(sessions).to.equal(0);
  });

  it('is refused when the host shows another key, before anything is sent to it', async () => {
    const error = await attempt({ hostPublicKey: runtime.keyPair().publicKey });
    expect(error).to.equal(`wrong host key from 127.0.0.1:${port}`);
    expect(logins).to.equal(0);
  });

  it('is refused when no host key is known', async () => {
    expect(await attempt({ hostPublicKey: '' })).to.equal(`wrong host key from 127.0.0.1:${port}`);
  });

  it('names user and address when the client key is not accepted', async () => {
    const error = await attempt({ clientKey: runtime.keyPair().privateKey });
    expect(error).to.match(new RegExp(`^user root refused by 127.0.0.1:${port}: `));
  });

  it('names the address when nothing listens', async () => {
    await new Promise(resolve => server.close(resolve));
    expect(await attempt()).to.equal(`connection refused by 127.0.0.1:${port}`);
    server.listen(0, '127.0.0.1');
  });

  it('ends when it is given up', async () => {
    const giving = new AbortController();
    const proof = prove({
      ...{
        address: '127.0.0.1',
        port,
        user: 'root',
        clientKey: client.privateKey,
        hostPublicKey: host.publicKey,
      },
      ...{ deadlineMs: 5000, signal: giving.signal },
    });
    giving.abort();
    expect(await proof).to.equal(`login to 127.0.0.1:${port} given up`);
  });
});
