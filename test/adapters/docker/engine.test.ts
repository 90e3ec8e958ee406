import { expect } from 'chai';
import { engineClient } from '../../../controller/adapters/docker/engine.js';

interface Modem {
  readonly host?: string;
  readonly port?: number;
  readonly protocol: string;
  readonly socketPath?: string;
}

const modem = (url: string) => engineClient(url).modem as unknown as Modem;

describe('the engine at a URL', () => {
  for (const [url, protocol, host, port] of [
    ['tcp://manager:2375', 'http', 'manager', 2375],
    ['tcp://manager:80', 'http', 'manager', 80],
    ['http://manager:80', 'http', 'manager', 80],
    ['https://manager:443', 'https', 'manager', 443],
    ['https://manager:2376', 'https', 'manager', 2376],
    ['tcp://manager', 'http', 'manager', 2375],
    ['http://manager/', 'http', 'manager', 2375],
    ['https://manager', 'https', 'manager', 2376],
  ] as const) {
    it(`${url} is reached by ${protocol} at port ${port}`, () => {
      expect(modem(url)).to.include({ protocol, host, port });
    });
  }

  it('unix:///run/docker.sock is that socket', () => {
    expect(modem('unix:///run/docker.sock').socketPath).to.equal('/run/docker.sock');
  });

  it('of another kind is refused', () => {
    expect(() => engineClient('ssh://manager')).to.throw('expected unix://, tcp://, http:// or https://');
  });
});
