import { expect } from 'chai';
import { describeJob, placement } from '../../../controller/cli/render/describe.js';
import { coloured, plain } from '../../../controller/cli/render/paint.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import { expectGolden } from '../golden.js';
import { doneRing, example, ring, T0, waitingRing } from '../samples.js';

const options = { now: T0 + 6_000, paint: plain };

describe('the description of a job', () => {
  it('that waits says on what, since when and why', async () => {
    await expectGolden('describe-waiting', describeJob(waitingRing(), options));
  });

  it('that is done says how it went and where its ranks ran', async () => {
    await expectGolden('describe-done', describeJob(doneRing(), options));
  });

  it('that is suspended speaks of its last run as of one that has ended', async () => {
    const of = doneRing();
    const end = {
      outcome: 'Cancelled',
      reason: 'Suspended',
      message: 'spec.runPolicy.suspend is true',
      exitCode: 1,
    } as const;
    const { outcome: _o, exitCode: _e, completionTime: _c, startTime: _s, ...status } = of.status;
    const runs = status.runs.map(run => ({ ...run, ...end }));
    const { reason, message } = end;
    const waitingOn = [{ for: 'imaged', reason, message, since: T0 + 3_000 } as const];
    const suspended = {
      ...of,
      status: {
        ...status,
        conditions: [],
        events: [],
        phase: 'pending',
        reason,
        message,
        runs,
        waitingOn,
      } as const,
    };
    await expectGolden('describe-suspended', describeJob(suspended, options));
  });

  it('does not show the workers of the run before as those of a run that has no containers', () => {
    const { status, ...record } = doneRing();
    const [first] = status.runs;
    if (first === undefined) throw new Error('no run');
    const { outcome: _, ...open } = { ...first, number: 2 };
    const missing = {
      type: 'SSHReady',
      status: 'False',
      reason: 'ContainersMissing',
      message: 'containers are not created yet',
      lastTransitionTime: T0,
    } as const;
    const conditions = [...status.conditions, missing];
    const next = {
      ...record,
      status: { ...status, phase: 'pending' as const, runs: [first, open], conditions },
    };
    expect(describeJob(next, options).filter(line => /^Workers:$/.test(line))).to.deep.equal([]);
  });

  it('that was never run leaves out what there is nothing to say about', async () => {
    await expectGolden('describe-new', describeJob(ring({}, example('full')), options));
  });

  it('tells a rung that was lost from one that was never reached', () => {
    const record = waitingRing();
    const runs = record.status.runs.map(run => ({
      ...run,
      phases: { ...run.phases, 'ssh-ready': T0 + 900 },
    }));
    const lines = describeJob({ ...record, status: { ...record.status, runs } }, options);
    expect(lines.filter(line => line.includes('lost again')).map(line => line.trim())).to.have.lengthOf(1);
    expect(lines.find(line => line.includes('lost again'))).to.contain('○ ssh-ready');
  });

  it('holds the words of containers on one line', () => {
    const record = waitingRing();
    const waitingOn = record.status.waitingOn.map(wait => ({ ...wait, message: 'first\n\u001b[31msecond' }));
    const text = describeJob({ ...record, status: { ...record.status, waitingOn } }, options).join('\n');
    expect(text).to.contain('first second');
    expect(text).to.not.contain('\u001b');
  });

  it('shows an earlier run in full, and fits a terminal of 80 columns', async () => {
    const done = doneRing();
    const last = done.status.runs[0];
    if (!last) throw new Error('there is no run');
    const message = `mpirun exited with code 7: ${'no convergence after the last step '.repeat(4)}`;
    const removed = { at: T0, reason: 'RunLimit', message: 'keepRuns keeps the output of 1 run' } as const;
    const failed = {
      ...last,
      outcome: 'Failed',
      exitCode: 7,
      reason: 'NonZeroExitCode',
      message,
      output: { bytes: 4, removed },
    } as const;
    const again = { ...last, number: 2, id: 'ring-1a2b3c4d-2', output: { bytes: 3_500_000 }, placement: [] };
    const event = { at: T0 + 5_000, type: 'Warning', reason: 'Unschedulable', message } as const;
    const events = [{ ...event, count: 3, first: T0 + 1_000, run: 2 }];
    const record = { ...done, status: { ...done.status, runs: [failed, again], events } };
    const lines = describeJob(record, { ...options, columns: 80, run: 1 });
    await expectGolden('describe-run-1', lines);
    expect(lines.filter(line => line.length > 80)).to.deep.equal([]);
  });

  it('has colours where they are wanted', () => {
    expect(describeJob(doneRing(), { ...options, paint: coloured }).join('\n')).to.contain(
      '\u001b[32mSucceeded',
    );
  });
});

describe('the placement of ranks', () => {
  it('stays short for many ranks', () => {
    const places = [
      [-1, 'node2', '512'],
      [0, 'node1', '0-255'],
      [1, 'node1', '256-511'],
    ] as const;
    expect(placement(places, plain)).to.deep.equal([
      'RANKS     WORKER     NODE',
      '512       launcher   node2',
      '0-255     0          node1',
      '256-511   1          node1',
    ]);
  });

  it('is no table when no rank was seen', () => {
    const record: JobRecord = ring();
    expect(placement(record.status.runs.at(-1)?.placement ?? [], plain)).to.deep.equal([]);
  });
});
