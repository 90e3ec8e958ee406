import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { neededHeap } from '../../../controller/adapters/setup/zookeeper-fill.js';
import { heapVariable } from '../../../controller/adapters/setup/zookeeper-heap.js';
import { digestAcl } from '../../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import { freePort, startZooKeeper } from '../zookeeper/server.js';

const MIB = 1024 * 1024;

describe('what the embedded ZooKeeper says of its memory', function () {
  this.timeout(60_000);

  it('grows with what is stored, and is unknown where no server answers', async () => {
    const server = await startZooKeeper({ config: ['4lw.commands.whitelist=mntr'] });
    const hosts = `127.0.0.1:${server.port}`;
    const session = ZooKeeperSession.connect({ hosts, timeoutMs: 10_000, credential: 'a:b' });
    try {
      await session.ready(10_000);
      const before = (await neededHeap(server.port)) ?? 0;
      expect(before).to.be.within(10 * MIB, 11 * MIB);
      for (let n = 0; n < 20; n++)
        await session.create(`/data-${n}`, Buffer.alloc(MIB / 2), { acl: digestAcl('a:b') });
      expect((await neededHeap(server.port)) ?? 0).to.be.within(before + 10 * MIB, before + 10.1 * MIB);
    } finally {
      await session.close();
      await server.stop();
    }
    expect(await neededHeap(await freePort())).to.equal(undefined);
  });

  it('is bounded by what its container’s java is given, whatever the image’s own line says', () => {
    const file = readFileSync(new URL('../../../images/zookeeper/Dockerfile', import.meta.url), 'utf8');
    const entry = /^ENTRYPOINT (\[[\s\S]*?\])/m.exec(file)?.[1]?.replaceAll('\\\n', '') ?? '[]';
    const flags = (JSON.parse(entry) as string[]).filter(word => /^-X/.test(word));
    expect(flags).to.include('-XX:+ExitOnOutOfMemoryError');
    const [name = '', value] = heapVariable(96 * MIB).split('=');
    const env = { ...process.env, [name]: value };
    const java = spawnSync('java', [...flags, '-XX:+PrintFlagsFinal', '-version'], { env, encoding: 'utf8' });
    expect(java.stdout).to.match(new RegExp(`MaxHeapSize\\s*= ${96 * MIB}\\b`));
  });
});
