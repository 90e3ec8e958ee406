import { expect } from 'chai';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { JobClocks } from '../../../controller/loop/time/job-clocks.js';
import { record } from '../../core/build.js';
import { FakeRuntime } from '../../fakes/runtime.js';

function waiting(since: number): JobRecord {
  const of = record();
  return { ...of, status: { ...of.status, timers: { Stopping: since } } };
}

describe('the clocks by which jobs are judged', () => {
  const runtime = new FakeRuntime();
  const clocks = new JobClocks(runtime);
  const stored = { record: waiting(runtime.now() - 3_600_000), version: 1 };
  const jobs = new Map([[stored.record.key, stored]]);
  const waited = (): number | undefined =>
    clocks.inputs({ key: stored.record.key, stored }, clocks.read(jobs)).waitedMs?.('Stopping');

  it('count a wait from when it was first seen, whatever its record and the clock say', () => {
    expect(waited()).to.equal(0);
    runtime.advance(3_000);
    runtime.jump(3_600_000);
    expect(waited()).to.equal(3_000);
  });

  it('count it from the start again in another term, also of the same process', () => {
    clocks.begin();
    runtime.advance(1_000);
    expect(waited()).to.equal(0);
    runtime.advance(2_000);
    expect(waited()).to.equal(2_000);
  });
});
