import { expect } from 'chai';
import type { RunPolicy } from '../../../controller/api/types/mpijob.js';
import type { ReasonName } from '../../../controller/core/model/reasons.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { failureAction } from '../../../controller/core/run/failure-policy.js';
import { afterRun, withRun } from '../../../controller/core/run/next-step.js';
import { currentRun, ended, NOW, record } from '../build.js';

type Rules = NonNullable<RunPolicy['failurePolicy']>['rules'];

const NEVER_2: Rules = [
  { action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } },
  { action: 'Ignore', onExitCodes: { operator: 'In', values: [137, 143] } },
];

function failed(
  rules: Rules | undefined,
  exitCode: number | undefined,
  backoffLimit = 0,
  reason: ReasonName = 'NonZeroExitCode',
) {
  const of = record({ runPolicy: { backoffLimit, ...(rules ? { failurePolicy: { rules } } : {}) } });
  const message = `mpirun exited with code ${exitCode}`;
  const code = exitCode === undefined ? {} : { exitCode };
  return ended(of, { outcome: 'Failed', reason, message, ...code });
}

function step(of: JobRecord, now: number): string {
  const next = afterRun(of, now);
  return next.kind === 'start-run' ? next.kind : `${next.kind} ${'message' in next ? next.message : ''}`;
}

describe('the rules on exit codes', () => {
  const other: Rules = [
    { action: 'Count', onExitCodes: { operator: 'In', values: [1] } },
    { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [3, 4] } },
  ];
  for (const [rules, code, action] of [
    [NEVER_2, 2, 'FailJob'],
    [NEVER_2, 137, 'Ignore'],
    [NEVER_2, 143, 'Ignore'],
    [NEVER_2, 1, 'Count'],
    [NEVER_2, undefined, 'Count'],
    [other, 1, 'Count'],
    [other, 2, 'FailJob'],
    [other, 4, 'Count'],
    [other, 0, 'Count'],
    [undefined, 2, 'Count'],
  ] as const) {
    it(`say ${action} for ${code ?? 'no exit code'} of ${JSON.stringify(rules?.map(r => r.onExitCodes))}`, () => {
      const of = failed(rules, code);
      expect(failureAction(of.manifest, currentRun(of)).action).to.equal(action);
    });
  }

  it('do not apply to a run that lost a worker: its exit code only shows mpirun’s reaction', () => {
    const of = failed(NEVER_2, 2, 1, 'WorkerLost');
    expect(step(of, NOW + 10_000)).to.equal('start-run');
  });

  it('never retry FailJob, and say which rule said so', () => {
    const words =
      'mpirun exited with code 2; not retried, by spec.runPolicy.failurePolicy.rules[0] (FailJob)';
    expect(step(failed(NEVER_2, 2, 5), NOW + 600_000)).to.equal(`finished ${words}`);
  });

  it('retry Ignore forever, with growing pauses, and do not count it against the limit', () => {
    let of = failed(NEVER_2, 137);
    for (const pause of [10_000, 20_000, 40_000, 80_000]) {
      const { endedAt = 0 } = currentRun(of);
      expect(step(of, endedAt + pause - 1)).to.match(
        /^wait attempt \d failed and does not count, by .*rules\[1\] \(Ignore\)/,
      );
      const next = afterRun(of, endedAt + pause);
      if (next.kind !== 'start-run') throw new Error(`expected a run, got ${next.kind}`);
      of = ended(withRun(of, next.run), { ...currentRun(of), ...next.run, endedAt: endedAt + pause });
    }
    // With a limit of 0 the first one that counts ends the job
    expect(step(ended(of, { exitCode: 1, message: 'bad' }), NOW + 3_600_000)).to.equal('finished bad');
  });

  it('count failures that are not ignored, whatever was ignored before', () => {
    let of = failed(NEVER_2, 137, 1);
    for (const exitCode of [1, 137]) {
      const next = afterRun(of, NOW + 3_600_000);
      if (next.kind !== 'start-run') throw new Error(`expected a run, got ${next.kind}`);
      of = ended(withRun(of, next.run), { ...currentRun(of), ...next.run, exitCode });
    }
    expect(step(of, NOW + 3_600_000), 'one of one counted').to.equal('start-run');
    const next = afterRun(of, NOW + 3_600_000);
    if (next.kind !== 'start-run') throw new Error(`expected a run, got ${next.kind}`);
    const last = ended(withRun(of, next.run), { ...currentRun(of), ...next.run, exitCode: 1 });
    expect(step(last, NOW + 3_600_000), 'two of one counted').to.match(/^finished/);
  });
});

describe('the rules on conditions', () => {
  const disruption = { reason: 'NodeDrained', message: 'launcher: its node n1 is drained' } as const;
  const disrupted = (rules: Rules | undefined, backoffLimit = 0, failures = 0) => {
    const of = failed(rules, 2, backoffLimit);
    return ended(of, { ...currentRun(of), disruption, failures, ignored: failures });
  };
  const rule = (action: 'FailJob' | 'Count' | 'Ignore'): Rules => [
    { action, onConditions: ['DisruptionTarget'] },
  ];

  for (const [rules, action] of [
    [undefined, 'Ignore'],
    [NEVER_2, 'Ignore'],
    [[...NEVER_2, ...rule('FailJob')], 'FailJob'],
    [rule('Count'), 'Count'],
    [rule('Ignore'), 'Ignore'],
  ] as const) {
    it(`say ${action} for a disruption, whatever its exit code, of ${JSON.stringify(rules)}`, () => {
      const of = disrupted(rules);
      expect(failureAction(of.manifest, currentRun(of)).action).to.equal(action);
    });
  }

  it('do not apply to a run that failed by itself', () => {
    const of = failed(rule('FailJob'), 2);
    expect(failureAction(of.manifest, currentRun(of)).action).to.equal('Count');
  });

  it('let a disrupted run be followed by another one for ever, after pauses that grow', () => {
    const of = disrupted(undefined, 0, 9);
    expect(step(of, NOW + 1_000)).to.match(/^wait attempt 10 failed and does not count, as it was disrupted/);
    expect(step(of, NOW + 359_000)).to.match(/^wait/);
    expect(step(of, NOW + 361_000)).to.equal('start-run');
  });
});
