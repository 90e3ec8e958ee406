import { expect } from 'chai';
import type { Claim } from '../../../controller/shared/protocol/protocol.js';
import { claimStart } from '../../../images/agent/launcher/start.js';
import type { RunStore } from '../../../images/agent/runtime/store.js';

const claim = (task: string, nonce: string): Claim => ({ task, workers: [], nonce, startedAt: 1 });
const never = new AbortController().signal;

describe('the claim on the start', () => {
  it('is given to one process only', async () => {
    const store = memory();
    const claims = ['a', 'b', 'c'].map(nonce => claimStart(store, claim('task', nonce), never));
    const given = await Promise.all(claims);
    expect(given.filter(result => result === 'mine').length).to.equal(1);
  });

  it('is not given to the same task again in another process', async () => {
    const store = memory();
    await claimStart(store, claim('task', 'first'), never);
    const second = await claimStart(store, claim('task', 'second'), never);
    expect(second).to.deep.equal({ other: claim('task', 'first') });
  });

  it('is recognised by its nonce when the reply to making it was lost', async () => {
    const store = memory({ loseReplies: 1 });
    expect(await claimStart(store, claim('task', 'n'), never)).to.equal('mine');
  });

  it('is not assumed while ZooKeeper cannot be asked', async () => {
    const store = memory({ loseReplies: 1000, unreadable: true });
    const giving = new AbortController();
    const claiming = claimStart(store, claim('task', 'n'), giving.signal);
    setTimeout(() => giving.abort(new Error('given up')), 20);
    const outcome = await claiming.catch((error: Error) => error.name);
    expect(outcome).to.equal('AbortError');
  });
});

/** A store in memory. A lost reply: the record is made and the caller gets an error. */
function memory(faults: { loseReplies?: number; unreadable?: boolean } = {}): RunStore {
  const records = new Map<string, unknown>();
  let toLose = faults.loseReplies ?? 0;
  const nothing = () => Promise.reject(new Error('not used here'));
  return {
    read: async <T>(name: string) => {
      if (faults.unreadable) throw new Error('connection loss');
      return records.get(name) as T | undefined;
    },
    create: async (name, value) => {
      const made = records.has(name) ? 'exists' : 'created';
      if (made === 'created') records.set(name, value);
      toLose -= 1;
      if (toLose >= 0) throw new Error('connection loss');
      return made;
    },
    has: nothing,
    children: nothing,
    put: nothing,
    keep: () => {
      throw new Error('not used here');
    },
    close: nothing,
  };
}
