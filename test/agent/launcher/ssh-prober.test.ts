import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { Registration } from '../../../controller/shared/protocol/protocol.js';
import { Proofs } from '../../../images/agent/launcher/ssh-prober.js';

const worker = (index: number, task = `t${index}`): Registration => ({
  ...{ index, task, address: `10.0.0.${index}`, port: 2022, slots: 1, resources: {} },
  node: { id: 'n', hostname: 'n' },
});

describe('proofs of SSH', () => {
  it('hold only for the registration that was probed', async () => {
    const proofs = new Proofs(
      async () => undefined,
      () => undefined,
    );
    proofs.want([worker(0)]);
    await turn();
    expect(proofs.holds(worker(0))).to.equal(true);
    expect(proofs.holds(worker(0, 'replaced'))).to.equal(false);
  });

  it('are repeated when another task registers under the index', async () => {
    const tried: string[] = [];
    const proofs = new Proofs(
      async ({ task }) => {
        tried.push(task);
        return undefined;
      },
      () => undefined,
    );
    for (const task of ['a', 'a', 'b']) {
      proofs.want([worker(0, task)]);
      await turn();
    }
    expect(tried).to.deep.equal(['a', 'b']);
    expect(proofs.report()).to.deep.equal({ 0: { ok: true, address: '10.0.0.0', task: 'b' } });
  });

  it('say what failed, and how often', async () => {
    const proofs = new Proofs(
      async () => 'connection refused by 10.0.0.0:2022',
      () => undefined,
    );
    proofs.want([worker(0)]);
    await turn();
    expect(proofs.report()).to.deep.equal({
      0: {
        ok: false,
        address: '10.0.0.0',
        task: 't0',
        error: 'connection refused by 10.0.0.0:2022',
        tries: 1,
      },
    });
    proofs.stop();
  });

  it('are sixteen at a time', async () => {
    const waiting: (() => void)[] = [];
    const proofs = new Proofs(
      () => new Promise(resolve => waiting.push(() => resolve(undefined))),
      () => undefined,
    );
    proofs.want(Array.from({ length: 40 }, (_, index) => worker(index)));
    await turn();
    expect(waiting.length).to.equal(16);
    waiting[0]?.();
    await turn();
    expect(waiting.length).to.equal(17);
    proofs.stop();
  });
});
