import { expect } from 'chai';
import type { MPIJob } from '../../../controller/api/types/mpijob.js';
import { deletion, type Intent, intentOf } from '../../../controller/cli/preview/intent.js';
import { meaning } from '../../../controller/cli/preview/render-plan.js';
import type { ReasonName } from '../../../controller/core/model/reasons.js';
import type { JobRecord, RunStatus, StopIntent } from '../../../controller/core/model/record.js';
import { expectGolden } from '../golden.js';
import { doneRing, example, ring, T0, waitingRing } from '../samples.js';

const base = example('ring');

function withSpec(spec: Partial<MPIJob['spec']>): MPIJob {
  return { ...base, spec: { ...base.spec, ...spec } };
}

function withPolicy(policy: Partial<MPIJob['spec']['runPolicy']>): MPIJob {
  return withSpec({ runPolicy: { ...base.spec.runPolicy, ...policy } });
}

function intent(known: JobRecord | undefined, manifest: MPIJob): Intent {
  return intentOf({ known, manifest, source: 'ring.yaml:3', now: T0 + 6_000 });
}

function words(known: JobRecord | undefined, manifest: MPIJob): readonly string[] {
  return meaning(intent(known, manifest));
}

/** The job with that policy, and its only run ended so. */
function stopped(policy: Partial<MPIJob['spec']['runPolicy']>, reason: ReasonName): JobRecord {
  const run: RunStatus | undefined = waitingRing().status.runs[0];
  if (!run) throw new Error('the sample has no run');
  const finished = reason === 'CancelRequested' ? ({ outcome: 'Cancelled', reason } as const) : {};
  const why = reason === 'Suspended' ? ({ stopped: 'suspended' } as const) : {};
  return ring({ ...finished, runs: [{ ...run, outcome: 'Cancelled', reason, ...why }] }, withPolicy(policy));
}

const MORE = { ...base.spec.workers, replicas: 8 };
const RELABELLED = { ...base, metadata: { ...base.metadata, labels: { team: 'numerics' } } };

/** Every kind of edit, of a job that runs, that has finished, and that was stopped. */
const EDITS: readonly (readonly [string, Intent])[] = [
  ['a manifest that is new', intent(undefined, base)],
  ['a new one that is suspended', intent(undefined, withPolicy({ suspend: true }))],
  ['a new one that is cancelled', intent(undefined, withPolicy({ cancel: true }))],
  ['no change of a job that is under way', intent(waitingRing(), base)],
  ['no change of a finished job', intent(doneRing(), base)],
  [
    'policy of a job that is under way',
    intent(waitingRing(), withPolicy({ ttlSecondsAfterFinished: 60, backoffLimit: 2 })),
  ],
  ['policy of a finished job', intent(doneRing(), withPolicy({ backoffLimit: 3 }))],
  ['a label', intent(waitingRing(), RELABELLED)],
  ['what runs, of a job that is under way', intent(waitingRing(), withSpec({ args: ['x'], workers: MORE }))],
  ['what runs, of a finished job', intent(doneRing(), withSpec({ args: ['x'] }))],
  [
    'what runs, and policy',
    intent(doneRing(), {
      ...withSpec({ args: ['x'], runPolicy: withPolicy({ backoffLimit: 1 }).spec.runPolicy }),
    }),
  ],
  ['a rerun of a job that is under way', intent(waitingRing(), withPolicy({ rerun: 'again' }))],
  ['a rerun of a finished job', intent(doneRing(), withPolicy({ rerun: 'again' }))],
  [
    'a rerun of a cancelled job',
    intent(stopped({ cancel: true }, 'CancelRequested'), withPolicy({ rerun: 'again' })),
  ],
  [
    'a rerun of a job that stays cancelled',
    intent(stopped({ cancel: true }, 'CancelRequested'), withPolicy({ rerun: 'again', cancel: true })),
  ],
  ['suspend of a job that is under way', intent(waitingRing(), withPolicy({ suspend: true }))],
  ['suspend of a finished job', intent(doneRing(), withPolicy({ suspend: true }))],
  ['resume of a suspended job', intent(stopped({ suspend: true }, 'Suspended'), base)],
  ['cancel of a job that is under way', intent(waitingRing(), withPolicy({ cancel: true }))],
  [
    'cancel of a suspended job',
    intent(stopped({ suspend: true }, 'Suspended'), withPolicy({ suspend: true, cancel: true })),
  ],
  ['cancel of a finished job', intent(doneRing(), withPolicy({ cancel: true }))],
  ['cancel that is lifted', intent(stopped({ cancel: true }, 'CancelRequested'), base)],
  ['delete of a job that is under way', deletion(waitingRing())],
  ['delete of a finished job', deletion(doneRing())],
];

describe('what a manifest would mean', () => {
  it('is described for every kind of edit, with the fields that change', async () => {
    await expectGolden(
      'plan-edits',
      EDITS.flatMap(([title, one]) => [`${title}:`, ...meaning(one).map(line => `  ${line}`), '']).slice(
        0,
        -1,
      ),
    );
  });

  describe('of a run that was asked to end', () => {
    /** What follows once it has ended, where its failures are tried again so often. */
    function next(stopping: StopIntent, backoffLimit: number): Intent['next'] {
      const { status } = waitingRing();
      const runs = status.runs.map(run => ({ ...run, stopping, startedAt: T0 + 1_000 }));
      const manifest = withPolicy({ backoffLimit, startDeadlineSeconds: 5 });
      return intent(ring({ ...status, runs }, manifest), manifest).next;
    }

    it('as a worker was lost, is that it fails and is tried again while it may be', () => {
      expect(next('worker-lost', 1)).to.include({ kind: 'wait', reason: 'BackOff' });
      expect(next('worker-lost', 0)).to.include({ kind: 'stay', outcome: 'Failed' });
    });

    for (const stopping of ['deadline', 'start-deadline'] as const) {
      it(`for its ${stopping}, is that the job fails`, () => {
        expect(next(stopping, 1)).to.include({ kind: 'stay', outcome: 'Failed' });
      });
    }

    it('as a person cancelled it, is that the job is Cancelled', () => {
      expect(next('cancelled', 1)).to.include({ kind: 'stay', outcome: 'Cancelled' });
    });
  });

  it('names values on one line, and no longer than a line', () => {
    const [, change] = words(waitingRing(), withSpec({ args: [`a\nb${'x'.repeat(100)}`] }));
    expect(change).to.match(/^changes {2}spec\.args: \[\] → \["a\\nbx{50,}…$/);
  });
});
