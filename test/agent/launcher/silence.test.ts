import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { moment } from '../../../controller/shared/moment.js';
import { silence } from '../../../images/agent/launcher/silence.js';

describe('the silence of ZooKeeper', () => {
  it('is over once, when nothing was answered for the time given', async () => {
    let times = 0;
    const quiet = silence(700, () => {
      times += 1;
    });
    for (let tick = 0; tick < 10; tick += 1) {
      await sleep(100);
      quiet.answered(moment());
    }
    expect([times, quiet.isOver()]).to.deep.equal([0, false]);
    await sleep(2_000);
    expect([times, quiet.isOver()]).to.deep.equal([1, true]);
    quiet.answered(moment());
    expect(quiet.isOver(), 'an answer comes too late').to.equal(true);
  });

  it('does not end by an answer that comes after the time, as after a sleep of the machine', async () => {
    let over = false;
    const quiet = silence(700, () => {
      over = true;
    });
    const { monotonicMs, bootMs } = moment();
    quiet.answered({ monotonicMs: monotonicMs + 3_600_000, bootMs: bootMs + 3_600_000 });
    await sleep(1_500);
    expect(over).to.equal(true);
  });
});
