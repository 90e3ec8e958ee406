import { expect } from 'chai';
import { adaptation, isUnusual } from '../../scripts/images/adapt.js';

const MAIN = 'http://mirror.debian.org/debian';

describe('a build on this machine', () => {
  it('is given the proxies of its apt, and its network where one of them listens on loopback', () => {
    const far = { http_proxy: 'http://10.0.0.1:3128' };
    expect(adaptation({ proxy: far })).to.deep.equal({ buildargs: far });
    for (const address of ['http://localhost:3128', '127.0.0.1:3128', 'http://u:p@[::1]:3128/']) {
      const near = { http_proxy: address };
      expect(adaptation({ proxy: near }), address).to.deep.equal({ buildargs: near, network: 'host' });
    }
    const named = { http_proxy: 'http://localhost.example:3128' };
    expect(adaptation({ proxy: named })).to.deep.equal({ buildargs: named });
  });

  it('uses the apt sources of Debian’s images, unless the machine’s own are others', () => {
    const usual = { mirror: { main: MAIN, updates: true }, proxy: {}, freshness: [] };
    expect(isUnusual(usual)).to.equal(false);
    expect(
      isUnusual({ ...usual, mirror: { ...usual.mirror, main: 'https://ftp.de.debian.org/debian' } }),
    ).to.equal(false);
    expect(
      isUnusual({ ...usual, mirror: { ...usual.mirror, main: 'http://mirror.example/debian' } }),
    ).to.equal(true);
    expect(isUnusual({ ...usual, freshness: ['Acquire::Check-Date "false";'] })).to.equal(true);
  });
});
