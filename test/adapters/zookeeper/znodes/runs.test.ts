import { expect } from 'chai';
import { CachedReads } from '../../../../controller/adapters/zookeeper/znodes/cached-reads.js';
import { readRun } from '../../../../controller/adapters/zookeeper/znodes/run-znodes.js';
import { Runs } from '../../../../controller/adapters/zookeeper/znodes/runs.js';
import type { Znode } from '../../../../controller/shared/zookeeper/session-types.js';
import { Watches } from '../../../../controller/shared/zookeeper/watches.js';

const ZNODE: Znode = { data: Buffer.alloc(0), version: 0, czxid: '1', ephemeral: false, mine: false };

/** A session with znodes that have no data; armed as ZooKeeper does: of what is absent, a look at its data alone. */
class FakeReads {
  readonly watches = new Watches();
  readonly children: Record<string, readonly string[]> = { '/runs': [] };
  requests = 0;
  readonly cache = new CachedReads({
    get: async (path, watch) => {
      this.requests += 1;
      if (watch) this.watches.arm('data', path, watch);
      return this.children[path] && ZNODE;
    },
    children: async (path, watch) => {
      this.requests += 1;
      const there = this.children[path];
      if (there && watch) this.watches.arm('children', path, watch);
      return there;
    },
  });

  readonly runs = new Runs(this.cache, '/runs');

  look() {
    const reads = { bounds: { workers: 2, ranks: 2 }, bell: () => undefined };
    const read = (run: string) => readRun(this.cache, `/runs/${run}`, reads);
    return this.runs.observe({ wanted: ['ring-1'], read, ask: async () => undefined });
  }
}

describe('a run whose znodes are gone and that its job still names', () => {
  it('costs one request and one watch, however often it is looked for', async () => {
    const reads = new FakeReads();
    for (let look = 0; look < 1_000; look += 1) expect((await reads.look()).runs.size).to.equal(0);
    expect([reads.requests, reads.watches.size]).to.deep.equal([1, 1]);
  });

  it('is seen when its znodes are made', async () => {
    const reads = new FakeReads();
    await reads.look();
    Object.assign(reads.children, { '/runs': ['ring-1'], '/runs/ring-1': [] });
    reads.watches.fireAll();
    await Promise.resolve();
    expect([...(await reads.look()).runs.keys()]).to.deep.equal(['ring-1']);
  });
});
