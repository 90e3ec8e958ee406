import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ZooKeeperError } from '../../../controller/shared/zookeeper/errors.js';
import { persist } from '../../../images/agent/runtime/persist.js';

const AWAY = new ZooKeeperError('connection', 'create /a: connection refused');
const GONE = new ZooKeeperError('no-node', 'create /a: no such znode');
const log = () => undefined;

describe('what an agent stores in ZooKeeper for good', () => {
  it('is tried for as long as ZooKeeper is away, whatever is allowed for refusals', async () => {
    let tries = 0;
    const act = async () => {
      tries += 1;
      if (tries <= 4) throw AWAY;
    };
    const done = await persist('store it', act, { log, signal: never(), refusedMs: 0 });
    expect([done, tries]).to.deep.equal([true, 5]);
  });

  it('is given up once ZooKeeper has refused it for so long', async () => {
    const act = () => Promise.reject(GONE);
    const begun = performance.now();
    expect(await persist('store it', act, { log, signal: never(), refusedMs: 250 })).to.equal(false);
    expect(performance.now() - begun).to.be.within(250, 2_000);
  });

  it('counts refusals anew after a time without an answer', async () => {
    const errors = [GONE, AWAY, GONE, AWAY];
    let tries = 0;
    const act = async () => {
      const error = errors[tries++];
      await sleep(60);
      if (error) throw error;
    };
    expect(await persist('store it', act, { log, signal: never(), refusedMs: 100 })).to.equal(true);
  });

  it('is given up when the container is asked to end', async () => {
    const ending = new AbortController();
    const act = () => Promise.reject(AWAY);
    setTimeout(() => ending.abort(), 50);
    const begun = performance.now();
    expect(await persist('store it', act, { log, signal: ending.signal, refusedMs: 60_000 })).to.equal(false);
    expect(performance.now() - begun).to.be.below(1_000);
  });

  it('gets a last moment for what is under way then, and no more', async () => {
    for (const [takesMs, done] of [
      [300, true],
      [5_000, false],
    ] as const) {
      const ending = new AbortController();
      const under = new AbortController();
      const act = () => sleep(takesMs, undefined, { signal: under.signal });
      setTimeout(() => ending.abort(), 20);
      const begun = performance.now();
      expect(await persist('store it', act, { log, signal: ending.signal, refusedMs: 0 })).to.equal(done);
      expect(performance.now() - begun).to.be.below(2_000);
      under.abort();
    }
  });
});

function never(): AbortSignal {
  return new AbortController().signal;
}
