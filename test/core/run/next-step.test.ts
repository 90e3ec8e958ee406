import { expect } from 'chai';
import { newRecord, withManifest } from '../../../controller/core/job/record.js';
import { type JobRecord, MAX_RUNS } from '../../../controller/core/model/record.js';
import { afterRun, nextStep, withRun } from '../../../controller/core/run/next-step.js';
import { runIntent, stopIntent } from '../../../controller/core/run/stop.js';
import { nextStatus } from '../../../controller/core/status/status.js';
import { currentRun, edited, ended, factsOf, job, NOW, record, view } from '../build.js';

const FAILED = {
  outcome: 'Failed',
  reason: 'NonZeroExitCode',
  message: 'mpirun exited with code 7',
  exitCode: 7,
} as const;

function step(of: JobRecord, now = NOW, settled = true): string {
  const next = nextStep(of, afterRun(of, now), settled);
  if (next.kind === 'start-run') return `start run ${next.run.number} of generation ${next.run.generation}`;
  if (next.kind === 'continue') return next.kind;
  return `${next.kind} ${next.kind === 'finished' ? `${next.outcome} ` : ''}${next.reason}`;
}

function retry(of: JobRecord, now: number): JobRecord {
  const next = afterRun(of, now);
  if (next.kind !== 'start-run') throw new Error(`expected a run, got ${next.kind}`);
  return withRun(of, next.run);
}

describe('a job that is new', () => {
  const fresh = newRecord(job(), 'ring.yaml:1', { uid: '1a2b3c4d', now: NOW });

  it('starts its first run, named after job, uid and number', () => {
    expect(step(fresh)).to.equal('start run 1 of generation 1');
    expect(currentRun(record()).id).to.equal('ring-1a2b3c4d-1');
  });

  it('starts nothing when it is suspended or cancelled', () => {
    expect(step(edited(fresh, { runPolicy: { suspend: true } }))).to.equal('wait Suspended');
    expect(step(edited(fresh, { runPolicy: { cancel: true } }))).to.equal(
      'finished Cancelled CancelRequested',
    );
  });
});

describe('a manifest that changes', () => {
  const of = record();

  it('makes a new generation when what runs changed', () => {
    expect(withManifest(of, job({ args: ['x'] }), 'ring.yaml:1').generation).to.equal(2);
  });

  it('keeps the generation when policy or place changed', () => {
    const next = withManifest(of, job({ runPolicy: { backoffLimit: 3 } }), 'moved.yaml:7');
    expect(next).to.include({ generation: 1, source: 'moved.yaml:7' });
    expect(next.manifest.spec.runPolicy.backoffLimit).to.equal(3);
  });

  it('starts the new run only after the old one is cleaned up', () => {
    const next = withManifest(
      ended(of, { outcome: 'Cancelled', reason: 'Superseded' }),
      job({ args: ['x'] }),
      'a:1',
    );
    expect(step(next, NOW, false)).to.equal('continue');
    expect(step(next)).to.equal('start run 2 of generation 2');
  });
});

describe('a run that failed', () => {
  it('ends the job when no attempt is left', () => {
    expect(step(ended(record(), FAILED))).to.equal('finished Failed NonZeroExitCode');
  });

  it('is followed by others after 10, 20 and 40 s, as often as the limit allows', () => {
    let of = ended(record({ runPolicy: { backoffLimit: 3 } }), FAILED);
    let now = NOW;
    for (const [pause, number] of [
      [10_000, 2],
      [20_000, 3],
      [40_000, 4],
    ] as const) {
      expect(step(of, now + pause - 1)).to.equal('wait BackOff');
      expect(step(of, now + pause)).to.equal(`start run ${number} of generation 1`);
      now += pause;
      of = ended(retry(of, now), { ...FAILED, endedAt: now });
    }
    expect(step(of, now + 3_600_000)).to.equal('finished Failed NonZeroExitCode');
  });

  it('is followed by another at once where the clock was set back to before its end', () => {
    const of = ended(record({ runPolicy: { backoffLimit: 3 } }), FAILED);
    expect(step(of, NOW - 1)).to.equal('start run 2 of generation 1');
  });

  it('pauses 6 minutes at most, and counts attempts that the record has forgotten', () => {
    let of = ended(record({ runPolicy: { backoffLimit: 29 } }), FAILED);
    for (let attempt = 2; attempt <= 30; attempt += 1) {
      const now = currentRun(of).endedAt ?? 0;
      of = ended(retry(of, now + 360_000), { ...FAILED, endedAt: now + 360_000 });
    }
    expect(of.status.runs).to.have.length(MAX_RUNS);
    expect(currentRun(of).number).to.equal(30);
    expect(step(of, (currentRun(of).endedAt ?? 0) + 3_600_000)).to.equal('finished Failed NonZeroExitCode');
  });

  it('counts attempts separately for each generation', () => {
    const of = ended(record({ runPolicy: { backoffLimit: 1 } }), FAILED);
    const next = retry(withManifest(of, job({ args: ['x'], runPolicy: { backoffLimit: 1 } }), 'a:1'), NOW);
    expect(step(ended(next, FAILED), NOW + 10_000)).to.equal('start run 3 of generation 2');
  });

  for (const reason of [
    'DeadlineExceeded',
    'StartDeadlineExceeded',
    'LauncherFault',
    'WorkerFault',
  ] as const) {
    it(`is not tried again after ${reason}`, () => {
      const of = ended(record({ runPolicy: { backoffLimit: 3 } }), { ...FAILED, reason });
      expect(step(of, NOW + 3_600_000)).to.equal(`finished Failed ${reason}`);
    });
  }
});

/** The record with its status as the controller leaves it after the next step. */
function stored(of: JobRecord, now = NOW): JobRecord {
  const next = afterRun(of, now);
  return nextStatus(of, { phase: 'done', waiting: [], step: next, now });
}

describe('a job that is finished', () => {
  it('stays Failed when its limit is raised, and runs again by a rerun token', () => {
    const done = stored(ended(record(), FAILED));
    const raised = withManifest(done, job({ runPolicy: { backoffLimit: 5 } }), 'a:1');
    expect(step(raised, NOW + 3_600_000)).to.equal('finished Failed NonZeroExitCode');
    const again = withManifest(done, job({ runPolicy: { backoffLimit: 5, rerun: 'x' } }), 'a:1');
    expect(step(again)).to.equal('start run 2 of generation 2');
  });

  for (const [when, of] of [
    ['before it ran', newRecord(job({ runPolicy: { cancel: true } }), 'a:1', { uid: '1a2b3c4d', now: NOW })],
    [
      'while suspended',
      edited(ended(record(), { outcome: 'Cancelled', reason: 'Suspended', stopped: 'suspended' }), {
        runPolicy: { cancel: true },
      }),
    ],
    ['while it ran', ended(record(), { outcome: 'Cancelled', reason: 'CancelRequested' })],
  ] as const) {
    it(`stays Cancelled when it was cancelled ${when} and cancel is false again`, () => {
      const done = stored(of);
      expect(done.status.outcome).to.equal('Cancelled');
      expect(step(withManifest(done, job(), 'a:1'))).to.equal('finished Cancelled CancelRequested');
      expect(step(withManifest(done, job({ runPolicy: { rerun: 'x' } }), 'a:1'))).to.match(/^start run/);
      expect(step(withManifest(done, job({ args: ['x'] }), 'a:1'))).to.match(/^start run/);
    });
  }
});

describe('suspend, cancel and rerun:', () => {
  it('a job is cancelled and suspended also while it pauses between two attempts', () => {
    const failed = ended(record({ runPolicy: { backoffLimit: 1 } }), FAILED);
    const with_ = (runPolicy: object) => edited(failed, { runPolicy: { backoffLimit: 1, ...runPolicy } });
    expect(step(with_({ cancel: true }))).to.equal('finished Cancelled CancelRequested');
    expect(step(with_({ suspend: true }))).to.equal('wait Suspended');
  });

  const suspended = ended(record(), { outcome: 'Cancelled', reason: 'Suspended', stopped: 'suspended' });

  it('a suspended job waits, and starts a new run afterwards', () => {
    expect(step(edited(suspended, { runPolicy: { suspend: true } }))).to.equal('wait Suspended');
    expect(step(suspended)).to.equal('start run 2 of generation 1');
  });

  it('a suspended job can be cancelled', () => {
    expect(step(edited(suspended, { runPolicy: { cancel: true } }))).to.equal(
      'finished Cancelled CancelRequested',
    );
  });

  it('a finished job is left alone by suspend and cancel', () => {
    const done = ended(record(), { outcome: 'Succeeded', reason: 'Completed', exitCode: 0 });
    for (const runPolicy of [{ suspend: true }, { cancel: true }]) {
      expect(step(edited(done, { runPolicy }))).to.equal('finished Succeeded Completed');
    }
  });

  it('a finished job stays so when its back-off limit is raised: policy restarts nothing', () => {
    const failed = ended(record(), FAILED);
    const status = { ...failed.status, outcome: 'Failed', reason: 'NonZeroExitCode' } as const;
    const done = { ...failed, status: { ...status, observedGeneration: 1 } };
    expect(step(edited(done, { runPolicy: { backoffLimit: 3 } }), NOW + 60_000)).to.equal(
      'finished Failed NonZeroExitCode',
    );
  });

  it('a job that was cancelled stays so when the cancel is lifted, also when it never ran', () => {
    const cancelled = { observedGeneration: 1, outcome: 'Cancelled', reason: 'CancelRequested' } as const;
    const fresh = newRecord(job(), 'ring.yaml:1', { uid: '1a2b3c4d', now: NOW });
    for (const of of [fresh, suspended]) {
      expect(step({ ...of, status: { ...of.status, ...cancelled } })).to.equal(
        'finished Cancelled CancelRequested',
      );
    }
  });

  it('a job that waits for its next attempt is cancelled at once', () => {
    const failed = ended(record(), FAILED);
    expect(step(edited(failed, { runPolicy: { backoffLimit: 3, cancel: true } }), NOW + 1)).to.equal(
      'finished Cancelled CancelRequested',
    );
  });

  it('a changed rerun token runs a finished job again', () => {
    const done = ended(record(), { outcome: 'Succeeded', reason: 'Completed', exitCode: 0 });
    const next = withManifest(done, job({ runPolicy: { rerun: 'again' } }), 'a:1');
    expect(step(next)).to.equal('start run 2 of generation 2');
  });
});

describe('deadlines', () => {
  it('end a job also while it pauses between two attempts', () => {
    const failed = ended(record({ runPolicy: { backoffLimit: 3, activeDeadlineSeconds: 5 } }), FAILED);
    expect(step(failed, NOW + 5_000)).to.equal('wait BackOff');
    expect(step(failed, NOW + 5_001)).to.equal('finished Failed DeadlineExceeded');
  });

  it('start again after a suspension, also between two attempts', () => {
    const policy = { backoffLimit: 3, activeDeadlineSeconds: 5 };
    const paused = stored(edited(ended(record(), FAILED), { runPolicy: { ...policy, suspend: true } }));
    const resumed = retry(edited(paused, { runPolicy: policy }), NOW + 60_000);
    expect(resumed.status.startTime).to.equal(NOW + 60_000);
  });

  it('count from the first attempt of a generation', () => {
    const first = ended(record({ runPolicy: { backoffLimit: 3 } }), FAILED);
    const second = retry(first, NOW + 10_000);
    expect(second.status.startTime).to.equal(NOW);
    const next = retry(withManifest(ended(second, FAILED), job({ args: ['x'] }), 'a:1'), NOW + 50_000);
    expect(next.status.startTime).to.equal(NOW + 50_000);
  });

  it('start again when a job resumes that was suspended between two attempts', () => {
    const failed = ended(record({ runPolicy: { backoffLimit: 3 } }), FAILED);
    const waited = { ...failed, status: { ...failed.status, suspended: true as const } };
    expect(retry(waited, NOW + 90_000).status.startTime).to.equal(NOW + 90_000);
  });
});

describe('the reason to end a run', () => {
  it('stays the one that was given when the run was asked to end', () => {
    const asked = ended(record(), { stopping: 'suspended' });
    expect(stopIntent(asked, currentRun(asked), NOW, false)).to.equal('suspended');
    expect(stopIntent(asked, currentRun(asked), NOW, true)).to.equal('deleted');
  });

  const old = withManifest(record(), job({ args: ['x'] }), 'a:1');
  const all = edited(old, { runPolicy: { cancel: true, suspend: true, activeDeadlineSeconds: 1 } });
  const late = NOW + 1_001;
  const of = (one: JobRecord, now = NOW, deleted = false) => stopIntent(one, currentRun(one), now, deleted);

  it('is the strongest of all reasons', () => {
    expect(of(all, late, true)).to.equal('deleted');
    expect(of(all, late)).to.equal('cancelled');
    expect(of(edited(old, { runPolicy: { suspend: true } }), late)).to.equal('superseded');
    const both = { suspend: true, activeDeadlineSeconds: 1 };
    expect(of(edited(record(), { runPolicy: both }), late)).to.equal('suspended');
    expect(of(edited(record(), { runPolicy: { activeDeadlineSeconds: 1 } }), late)).to.equal('deadline');
  });

  it('stays after its cause passes, until there is a stronger one', () => {
    const stopping = ended(record(), { stopping: 'suspended' });
    const intent = (one: JobRecord, deleted = false) => {
      const seen = view({ record: one });
      return runIntent(seen, factsOf(seen), deleted);
    };
    expect(intent(stopping)).to.equal('suspended');
    expect(intent(edited(stopping, { runPolicy: { activeDeadlineSeconds: 1 } }))).to.equal('suspended');
    expect(intent(edited(stopping, { runPolicy: { cancel: true } }))).to.equal('cancelled');
    expect(intent(stopping, true)).to.equal('deleted');
  });

  it('is the start deadline until the launcher has claimed the start', () => {
    const of = record({ runPolicy: { startDeadlineSeconds: 60 } });
    const intent = (now: number, claimed: boolean) => {
      const claim = { task: 'launcher', workers: [], nonce: 'n', startedAt: NOW };
      const seen = view({
        record: of,
        now,
        znodes: z => (claimed ? { ...z, claim } : { ...z, started: true }),
      });
      return runIntent(seen, factsOf(seen), false);
    };
    expect(intent(NOW + 60_000, false)).to.equal(undefined);
    expect(intent(NOW + 60_001, false)).to.equal('start-deadline');
    expect(intent(NOW + 60_001, true)).to.equal(undefined);
  });

  it('is absent otherwise', () => {
    expect(of(record())).to.equal(undefined);
    expect(of(edited(record(), { runPolicy: { activeDeadlineSeconds: 1 } }), NOW + 1_000)).to.equal(
      undefined,
    );
  });
});
