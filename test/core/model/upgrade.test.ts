import { expect } from 'chai';
import { FORMAT, type JobRecord, type Waiting } from '../../../controller/core/model/record.js';
import { upgraded } from '../../../controller/core/model/upgrade.js';
import { currentRun, NOW, record } from '../build.js';

/** As version 0.1.0 stored it. */
function old(waitingOn: readonly Waiting[], more: Partial<JobRecord['status']> = {}): JobRecord {
  const { format: _, ...of } = record();
  return { ...of, status: { ...of.status, ...more, waitingOn } };
}

const wait = (reason: string, message: string): Waiting => ({ for: 'done', reason, message, since: NOW - 7 });

describe('a record that version 0.1.0 stored', () => {
  it('keeps the time of a wait that may take only so long', () => {
    const { status } = upgraded(old([wait('ResultPending', 'the launcher ended')]));
    expect(status.timers).to.deep.equal({ ResultPending: NOW - 7 });
  });

  it('keeps the workers that were lost, and since when', () => {
    const message = 'worker 12 on node n1: container ended with exit code 137';
    const { status } = upgraded(old([wait('WorkerLost', message)]));
    expect(status.losses).to.deep.equal([{ worker: 12, since: NOW - 7, message }]);
    expect(status.waitingOn[0]?.about).to.equal('worker 12');
  });

  for (const [message, about] of [
    ['worker 3: connection refused', 'worker 3'],
    ['worker 3 (gpu): pending', 'worker 3 (gpu)'],
    ['worker 3 is not registered', 'worker 3'],
    ['a worker 7 registered that is not asked for', 'worker 7'],
    ['launcher: preparing', 'launcher'],
    ['agent on node n1: preparing', 'n1'],
    ['pulling image ring:1: 40 %', undefined],
  ] as const) {
    it(`knows that "${message}" is about ${about ?? 'nothing else of its kind'}`, () => {
      expect(upgraded(old([wait('Any', message)])).status.waitingOn[0]?.about).to.equal(about);
    });
  }

  it('remembers that a run was suspended, and that the job is', () => {
    const run = { ...currentRun(record()), outcome: 'Cancelled', reason: 'Suspended' } as const;
    const { status } = upgraded(old([], { runs: [run], reason: 'Suspended' }));
    expect(status.runs[0]?.stopped).to.equal('suspended');
    expect(status.suspended).to.equal(true);
  });

  it('is of the form of today then, and is left as it is from then on', () => {
    const once = upgraded(old([wait('WorkerLost', 'worker 1: gone')]));
    expect(once.format).to.equal(FORMAT);
    expect(upgraded(once)).to.equal(once);
  });
});
