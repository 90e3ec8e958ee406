import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { watchFill } from '../../controller/compose/zookeeper-fill.js';
import type { ControllerEvent } from '../../controller/ports/events.js';

describe('how full the embedded ZooKeeper is', () => {
  it('is reported from 70 % of its heap on, until the end', async () => {
    const reported: ControllerEvent[] = [];
    const answers = [69, undefined, 70, 99];
    const end = new AbortController();
    let asked = 0;
    watchFill({
      heapBytes: 100,
      needed: async () => answers[asked++],
      report: event => reported.push(event),
      signal: end.signal,
      everyMs: 1,
    });
    while (asked < answers.length) await sleep(1);
    await sleep(5);
    end.abort();
    const after = asked;
    await sleep(10);
    expect(asked).to.equal(after);
    expect(reported).to.deep.equal([
      { kind: 'zookeeper-filling', neededBytes: 70, heapBytes: 100 },
      { kind: 'zookeeper-filling', neededBytes: 99, heapBytes: 100 },
    ]);
  });
});
