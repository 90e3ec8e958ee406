import { expect } from 'chai';
import { lack, type Machine } from '../../scripts/cluster/requirements.js';

const READY: Machine = { platform: 'linux', root: true, aptGet: true, missing: [] };
const DOCKERD = { provides: 'dockerd', package: 'docker.io' };
const FLOCK = { provides: 'flock', package: 'util-linux' };
const UNSHARE = { provides: 'unshare', package: 'util-linux' };

describe('what a machine lacks', () => {
  it('is nothing for root, where all is there or can be installed', () => {
    expect(lack('npm test', READY)).to.equal(undefined);
    expect(lack('npm test', { ...READY, aptGet: false })).to.equal(undefined);
    expect(lack('npm test', { ...READY, missing: [DOCKERD] })).to.equal(undefined);
  });

  it('is said in one sentence, the first thing first', () => {
    const bad = { ...READY, root: false, aptGet: false, missing: [DOCKERD, FLOCK, DOCKERD, UNSHARE] };
    expect(lack('npm test', { ...bad, platform: 'darwin' })).to.equal(
      'npm test needs Linux, and this machine runs darwin',
    );
    expect(lack('npm test', bad)).to.equal('npm test needs root: run it by sudo');
    expect(lack('npm test', { ...bad, root: true })).to.equal(
      "npm test needs dockerd, flock, unshare, which this machine lacks, and there is no apt-get to install Debian's packages of them: docker.io util-linux",
    );
  });
});
