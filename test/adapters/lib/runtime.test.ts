import { expect } from 'chai';
import ssh2 from 'ssh2';
import { runtime } from '../../../controller/adapters/lib/runtime.js';

describe('key pairs', () => {
  it('can be read, every one of fifteen hundred', () => {
    for (let n = 0; n < 1_500; n += 1) {
      const { privateKey, publicKey } = runtime.keyPair();
      const parsed = ssh2.utils.parseKey(privateKey);
      if (parsed instanceof Error) throw parsed;
      expect(parsed.getPublicSSH().toString('base64')).to.equal(publicKey.split(' ')[1]);
    }
  }).timeout(20_000);
});
