import { expect } from 'chai';
import { PHASES, type Phase } from '../../../controller/core/model/phase.js';
import type { ReasonName } from '../../../controller/core/model/reasons.js';
import { type JobRecord, MAX_EVENTS } from '../../../controller/core/model/record.js';
import type { StatusInputs } from '../../../controller/core/status/inputs.js';
import { endRun, nextStatus } from '../../../controller/core/status/status.js';
import { currentRun, factsOf, NOW, record, view } from '../build.js';

const SUCCEEDED = { kind: 'finished', outcome: 'Succeeded', reason: 'Completed', message: 'exit 0' } as const;

function inputs(of: JobRecord, more: Partial<StatusInputs> = {}): StatusInputs {
  const seen = view({ record: of, ...(more.now === undefined ? {} : { now: more.now }) });
  const base = { phase: 'hostfile-written', now: NOW, step: { kind: 'continue' }, waiting: [] } as const;
  return { ...base, view: seen, facts: factsOf(seen), ...more };
}

function at(of: JobRecord, phase: Phase, now: number): JobRecord {
  return nextStatus(of, inputs(of, { phase, now }));
}

function condition(of: JobRecord, type: string) {
  return of.status.conditions.find(one => one.type === type);
}

describe('the status of a job', () => {
  it('is the same object when nothing changed, however late it is', () => {
    const first = nextStatus(record(), inputs(record()));
    expect(nextStatus(first, inputs(first, { now: NOW + 3_600_000 }))).to.equal(first);
  });

  it('is the same object while the job is suspended or waits for its next attempt', () => {
    for (const reason of ['Suspended', 'BackOff'] as const) {
      const step = { kind: 'wait', reason, message: 'not now' } as const;
      const first = nextStatus(record(), inputs(record(), { step }));
      expect(nextStatus(first, inputs(first, { step, now: NOW + 1 })), reason).to.equal(first);
    }
  });

  it('is the same object after it was stored and read back', () => {
    const stored = JSON.parse(JSON.stringify(nextStatus(record(), inputs(record())))) as JobRecord;
    expect(nextStatus(stored, inputs(stored, { now: NOW + 1 }))).to.equal(stored);
  });

  it('does not change the record that it is computed from', () => {
    const of = record();
    const before = JSON.stringify(of);
    nextStatus(of, inputs(of));
    expect(JSON.stringify(of)).to.equal(before);
  });

  describe('counts the time of a wait', () => {
    type Wait = StatusInputs['waiting'][number];

    /** Since when the second is waited for, where the first was from {@link NOW} on. */
    function since(first: Wait, second: Wait): number | undefined {
      const before = nextStatus(record(), inputs(record(), { waiting: [first] }));
      const after = nextStatus(before, inputs(before, { waiting: [second], now: NOW + 4_000 }));
      return after.status.waitingOn[0]?.since;
    }
    const wait = (reason: ReasonName, message: string, about?: string): Wait => ({
      for: 'done',
      reason,
      message,
      ...(about === undefined ? {} : { about }),
    });
    const words = "the launcher's container ended without a result";

    it('from its start while the message changes', () => {
      expect(since(wait('ResultPending', `${words} (failed: OOM)`), wait('ResultPending', words))).to.equal(
        NOW,
      );
      expect(
        since(
          wait('WorkerLost', 'worker 1 on node n2: its node is not reachable', 'worker 1'),
          wait('WorkerLost', 'worker 1: its container is gone', 'worker 1'),
        ),
      ).to.equal(NOW);
    });

    it('from the beginning for another reason, and for another worker', () => {
      expect(since(wait('ResultPending', words), wait('ZnodesLost', words))).to.equal(NOW + 4_000);
      expect(
        since(
          wait('WorkerLost', 'worker 1 on node n2: container ended', 'worker 1'),
          wait('WorkerLost', 'worker 12 on node n2: container ended', 'worker 12'),
        ),
      ).to.equal(NOW + 4_000);
    });
  });

  it("moves a condition's transition time only when the condition changes sides", () => {
    const without = (reason: ReasonName, message: string) => {
      const all = factsOf(view());
      return { ...all, reasons: { ...all.reasons, networked: [{ reason, message }] } };
    };
    const waiting = without('NetworkMissing', 'a');
    const first = nextStatus(record(), inputs(record(), { facts: waiting }));
    expect(condition(first, 'NetworkReady')).to.include({ status: 'False', lastTransitionTime: NOW });
    const other = without('NetworkAllocating', 'b');
    const second = nextStatus(first, inputs(first, { facts: other, now: NOW + 5 }));
    expect(condition(second, 'NetworkReady')).to.include({
      reason: 'NetworkAllocating',
      message: 'b',
      lastTransitionTime: NOW,
    });
    const third = nextStatus(second, inputs(second, { now: NOW + 9 }));
    expect(condition(third, 'NetworkReady')).to.include({ status: 'True', lastTransitionTime: NOW + 9 });
  });

  it('notes when each phase was reached for the first time, and those passed on the way', () => {
    const low = at(record(), 'imaged', NOW + 1);
    const high = at(low, 'hostfile-written', NOW + 2);
    const again = at(at(high, 'imaged', NOW + 3), 'hostfile-written', NOW + 4);
    expect(currentRun(again).phases).to.deep.equal({
      pending: NOW,
      imaged: NOW + 1,
      networked: NOW + 2,
      'ssh-ready': NOW + 2,
      registered: NOW + 2,
      'hostfile-written': NOW + 2,
    });
  });

  it('has an event for each phase that the run reached for the first time', () => {
    const once = PHASES.slice(1, 4).reduce((one, phase, i) => at(one, phase, NOW + i), record());
    const of = at(at(once, 'imaged', NOW + 5), 'ssh-ready', NOW + 6);
    expect(of.status.events.map(event => event.message)).to.deep.equal([
      'run 1: imaged',
      'run 1: networked',
      'run 1: ssh-ready',
    ]);
  });

  it('keeps how a run began and what happened last when there are too many events', () => {
    let of = record();
    for (let i = 0; i < MAX_EVENTS + 10; i += 1) {
      const message = `worker ${i}: no suitable node`;
      const about = `worker ${i}`;
      const waiting = [{ for: 'ssh-ready', reason: 'Unschedulable', message, about } as const];
      of = nextStatus(of, inputs(of, { waiting, now: NOW + i }));
    }
    expect(of.status.events).to.have.length(MAX_EVENTS);
    expect(of.status.events.at(-1)?.at).to.equal(NOW + MAX_EVENTS + 9);
    expect(of.status.events[0]?.at).to.equal(NOW);
  });

  it('keeps the start of a wait while its message changes', () => {
    const wait = (about: string, message: string) => [
      { for: 'ssh-ready', reason: 'SSHFailed', message, about } as const,
    ];
    const first = nextStatus(record(), inputs(record(), { waiting: wait('worker 1', 'refused (1 try)') }));
    const second = nextStatus(
      first,
      inputs(first, { waiting: wait('worker 1', 'refused (2 tries)'), now: NOW + 5 }),
    );
    expect(second.status.waitingOn).to.deep.equal([
      { for: 'ssh-ready', reason: 'SSHFailed', message: 'refused (2 tries)', about: 'worker 1', since: NOW },
    ]);
    const third = nextStatus(second, inputs(second, { waiting: wait('worker 2', 'refused'), now: NOW + 9 }));
    expect(third.status.waitingOn[0]?.since).to.equal(NOW + 9);
  });

  it('keeps the start of a wait that has a time limit while its message changes', () => {
    const wait = (message: string) => [{ for: 'done', reason: 'ResultPending', message } as const];
    const first = nextStatus(
      record(),
      inputs(record(), { waiting: wait('the container ended (failed: OOM)') }),
    );
    const second = nextStatus(first, inputs(first, { waiting: wait('the container ended'), now: NOW + 5 }));
    expect(second.status.timers).to.deep.equal({ ResultPending: NOW });
    const over = nextStatus(second, inputs(second, { now: NOW + 6 }));
    expect(over.status.timers).to.equal(undefined);
  });

  it('restarts the time of a wait once when the clock was set back', () => {
    const waiting = [{ for: 'ssh-ready', reason: 'SSHFailed', message: 'worker 1: refused' }] as const;
    const of = nextStatus(record(), inputs(record(), { waiting }));
    const back = nextStatus(of, inputs(of, { waiting, now: NOW - 9 }));
    expect(back.status.waitingOn[0]?.since).to.equal(NOW - 9);
    expect(nextStatus(back, inputs(back, { waiting, now: NOW }))).to.equal(back);
  });

  it('shows each worker with node, address, SSH and registration', () => {
    const [first] = nextStatus(record(), inputs(record())).status.workers;
    const worker = {
      index: 0,
      node: 'n1',
      address: '10.0.1.11',
      state: 'running',
      ssh: 'ok',
      registered: true,
      ranks: '',
    };
    expect(first).to.deep.equal(worker);
  });

  const INVALID = {
    status: 'False',
    reason: 'Invalid',
    message: 'ring.yaml:3:1: replicas must be at least 1',
  } as const;

  it('has one event when the manifest stops counting, and one when it counts again', () => {
    const bad = nextStatus(record(), inputs(record(), { manifestNote: INVALID }));
    const still = nextStatus(bad, inputs(bad, { manifestNote: INVALID }));
    const good = nextStatus(still, inputs(still));
    const story = good.status.events.filter(({ reason }) => ['Invalid', 'ManifestValid'].includes(reason));
    expect(story.map(({ type, message, count }) => [type, message, count])).to.deep.equal([
      ['Warning', INVALID.message, 1],
      ['Normal', 'ring.yaml:1 is used again', 1],
    ]);
  });

  it('says when the effective manifest differs from the one in the folder', () => {
    const of = nextStatus(record(), inputs(record(), { manifestNote: INVALID }));
    expect(condition(of, 'ManifestValid')).to.deep.include({
      status: 'False',
      message: 'ring.yaml:3:1: replicas must be at least 1',
    });
  });

  it('has an outcome, a completion time and one event when the job is finished, and loses them when it runs again', () => {
    const run = endRun(record(), { ...SUCCEEDED, exitCode: 0 }, view({ now: NOW + 7 }));
    const finished = nextStatus(run, inputs(run, { phase: 'done', step: SUCCEEDED, now: NOW + 8 }));
    expect(finished.status).to.include({
      phase: 'done',
      outcome: 'Succeeded',
      exitCode: 0,
      completionTime: NOW + 7,
    });
    expect(currentRun(finished).phases.done).to.equal(NOW + 8);
    expect(finished.status.events.filter(event => event.reason === 'Succeeded')).to.have.length(1);
    expect(condition(finished, 'Succeeded')?.status).to.equal('True');
    const again = nextStatus(finished, inputs(finished, { phase: 'pending' }));
    expect(again.status).to.not.have.any.keys('outcome', 'exitCode', 'completionTime', 'reason', 'message');
  });
});

describe('the end of a run', () => {
  it('is written once', () => {
    const run = endRun(record(), { ...SUCCEEDED, exitCode: 0 }, view());
    expect(endRun(run, { outcome: 'Failed', reason: 'LauncherLost', message: '' }, view())).to.equal(run);
  });

  it('says where each rank ran', () => {
    const placements = [
      { worker: 1, task: 't', ranks: [1] },
      { worker: 0, task: 't', ranks: [0] },
    ];
    const seen = view({ znodes: znodes => ({ ...znodes, placements }) });
    expect(currentRun(endRun(record(), SUCCEEDED, seen)).placement).to.deep.equal([
      [0, 'n1', '0'],
      [1, 'n1', '1'],
    ]);
  });
});
