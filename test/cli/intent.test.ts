import { expect } from 'chai';
import type { MPIJob } from '../../controller/api/mpijob.js';
import { intentOf } from '../../controller/cli/intent.js';
import { meaning } from '../../controller/cli/render/plan.js';
import type { JobRecord } from '../../controller/core/record.js';
import { doneRing, example, ring, T0, waitingRing } from './samples.js';

const base = example('ring');

function withSpec(spec: Partial<MPIJob['spec']>): MPIJob {
  return { ...base, spec: { ...base.spec, ...spec } };
}

function withPolicy(policy: Partial<MPIJob['spec']['runPolicy']>): MPIJob {
  return withSpec({ runPolicy: { ...base.spec.runPolicy, ...policy } });
}

function words(known: JobRecord | undefined, manifest: MPIJob): readonly string[] {
  return meaning(intentOf({ known, manifest, source: 'ring.yaml:3', now: T0 + 6_000 }));
}

describe('what a manifest would mean', () => {
  it('for a job that is not there is its first run', () => {
    expect(words(undefined, base)).to.deep.equal(['new job: run 1 would be started']);
  });

  it('for a new job that is suspended is no run', () => {
    expect(words(undefined, withPolicy({ suspend: true }))).to.deep.equal([
      'new job',
      'no run is started: Suspended: spec.runPolicy.suspend is true',
    ]);
  });

  it('is nothing when it says what is so already', () => {
    expect(words(waitingRing(), base)).to.deep.equal([
      'no change: nothing to do',
      'run 1 is open and goes on',
    ]);
    expect(words(doneRing(), base)[0]).to.equal('no change: nothing to do');
  });

  it('is applied in place when only policy changed', () => {
    expect(words(waitingRing(), withPolicy({ ttlSecondsAfterFinished: 60 }))).to.deep.equal([
      'policy only: applied in place, restarts nothing',
      'run 1 is open and goes on',
    ]);
  });

  it('is another run when what runs changed, and the end of the open one', () => {
    const changed = withSpec({ args: ['x'] });
    expect(words(waitingRing(), changed)).to.deep.equal([
      'what runs changed: run 1 would be stopped, run 2 started',
      'run 1 is stopped because generation 2 replaces it',
    ]);
    expect(words(doneRing(), changed)).to.deep.equal(['what runs changed: run 2 would be started']);
    expect(words(doneRing(), withPolicy({ rerun: 'again' }))[0]).to.equal(
      'what runs changed: run 2 would be started',
    );
  });

  it('is the end of the open run when the job is suspended or cancelled', () => {
    expect(words(waitingRing(), withPolicy({ suspend: true }))).to.deep.equal([
      'policy only: run 1 would be stopped',
      'no run is started: Suspended: spec.runPolicy.suspend is true',
    ]);
    expect(words(waitingRing(), withPolicy({ cancel: true }))).to.deep.equal([
      'policy only: run 1 would be stopped',
      'run 1 is stopped because spec.runPolicy.cancel is true',
      'the job is finished: Cancelled: spec.runPolicy.cancel is true',
    ]);
  });

  it('is a run again when a suspended job is let go', () => {
    const run = {
      ...(waitingRing().status.runs[0] ?? raise()),
      outcome: 'Cancelled',
      reason: 'Suspended',
    } as const;
    const known = ring({ runs: [run] }, withPolicy({ suspend: true }));
    expect(words(known, base)).to.deep.equal(['policy only: run 2 would be started']);
  });
});

function raise(): never {
  throw new Error('the sample has no run');
}
