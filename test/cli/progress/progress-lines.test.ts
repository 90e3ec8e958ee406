import { expect } from 'chai';
import { jobLines } from '../../../controller/cli/progress/progress-lines.js';
import type { JobRecord, JobStatus } from '../../../controller/core/model/record.js';
import { doneRing, ring, T0, waitingRing } from '../samples.js';

const texts = (record: JobRecord, before?: JobRecord) => jobLines(record, before).map(line => line.text);

function changed(record: JobRecord, status: Partial<JobStatus>): JobRecord {
  return { ...record, status: { ...record.status, ...status } };
}

describe('lines of progress', () => {
  it('tell each rung as it is reached, with the time since the run began, and what comes next', () => {
    expect(texts(waitingRing(), ring())).to.deep.equal([
      'pending',
      'imaged (400 ms)',
      'networked (500 ms); waits for ssh-ready: worker 3: connection refused by 10.0.1.7:2022 (12 tries)',
    ]);
  });

  it('show how the job ended', () => {
    expect(texts(doneRing(), waitingRing())).to.deep.equal([
      'ssh-ready (1.9 s)',
      'registered (1.9 s)',
      'hostfile-written (1.9 s)',
      'running (2.0 s)',
      'done: Succeeded (2.6 s): mpirun exited with code 0',
    ]);
  });

  it('tell until when a job is kept whose manifest is missing, and that it is back', () => {
    const message = 'the manifest folder is empty; the job is kept until 2026-11-23T12:00:30Z';
    const before = waitingRing();
    const others = before.status.conditions.filter(({ type }) => type !== 'ManifestValid');
    const [valid] = before.status.conditions;
    if (!valid) throw new Error('a sample without conditions');
    const kept = changed(before, {
      conditions: [{ ...valid, status: 'Unknown', reason: 'FolderEmpty', message }, ...others],
    });
    expect(jobLines(kept, before)).to.deep.equal([{ level: 'warn', job: 'default/ring', text: message }]);
    expect(jobLines(kept, kept)).to.deep.equal([]);
    expect(texts(before, kept)).to.deep.equal(['its manifest is back: ring.yaml:3']);
  });

  it('are absent when nothing or only a number changed', () => {
    const before = waitingRing();
    const waitingOn = before.status.waitingOn.map(wait => ({ ...wait, message: `${wait.message} and more` }));
    expect(texts(before, before)).to.deep.equal([]);
    expect(texts(changed(before, { waitingOn }), before)).to.deep.equal([]);
  });

  it('tell another reason for waiting on the same rung', () => {
    const before = waitingRing();
    const wait = { for: 'ssh-ready', reason: 'ContainerNotRunning', since: T0 } as const;
    const waitingOn = [
      { ...wait, message: 'worker 0: preparing' },
      { ...wait, message: 'worker 1: preparing' },
    ];
    expect(texts(changed(before, { waitingOn }), before)).to.deep.equal([
      'waits for ssh-ready: worker 0: preparing, and 1 more',
    ]);
  });

  it('warn of a rung that was lost', () => {
    const before = waitingRing();
    expect(jobLines(changed(before, { phase: 'imaged' }), before)).to.deep.equal([
      { level: 'warn', job: 'default/ring', text: 'back to imaged' },
    ]);
  });

  it('name the run from the second one on', () => {
    const before = doneRing();
    const run = {
      number: 2,
      id: 'ring-1a2b3c4d-2',
      generation: 2,
      createdAt: T0 + 9_000,
      phases: { pending: T0 + 9_000 },
    };
    const { outcome: _, ...status } = before.status;
    const next = { ...before, status: { ...status, phase: 'pending' as const, runs: [...status.runs, run] } };
    expect(texts(next, before)).to.deep.equal(['run 2: pending']);
  });

  it('tell a failed run that another one follows', () => {
    const before = waitingRing();
    const runs = before.status.runs.map(run => ({
      ...run,
      outcome: 'Failed' as const,
      message: 'mpirun exited with code 7',
    }));
    expect(jobLines(changed(before, { runs }), before)).to.deep.equal([
      { level: 'error', job: 'default/ring', text: 'run 1 ended: mpirun exited with code 7' },
    ]);
  });
});
