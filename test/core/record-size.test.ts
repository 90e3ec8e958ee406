import { expect } from 'chai';
import { type JobRecord, MAX_EVENTS, MAX_RUNS, type StopIntent } from '../../controller/core/model/record.js';
import type { TaskView } from '../../controller/core/model/world.js';
import type { RunView } from '../../controller/core/observed/run-view.js';
import { runEnd } from '../../controller/core/run/run-end.js';
import { endRun, nextStatus } from '../../controller/core/status/status.js';
import { waitingOn } from '../../controller/core/status/waiting-on.js';
import { currentRun, factsOf, NOW, readyZnodes, record, registration, situation, view } from './build.js';

const WORKERS = Array.from({ length: 512 }, (_, index) => index);
const HOST = 'ip-10-0-128-123.us-east-1b.compute.internal';
const CLAIM = { task: 'launcher', workers: WORKERS.map(String), nonce: 'n', startedAt: NOW };
const RESULT = {
  ...{ task: 'launcher', exitCode: 1, startedAt: NOW, endedAt: NOW, stdoutBytes: 0, stderrBytes: 0 },
  tail: 'a connection to a worker was closed',
};

/** A run of the largest job there can be, all of whose workers are lost. */
function allLost(of: JobRecord, intent: StopIntent | undefined): RunView {
  const seen = view({
    record: of,
    znodes: () => ({
      ...readyZnodes(),
      registrations: WORKERS.map(registration),
      placements: WORKERS.map(worker => ({ worker, task: String(worker), ranks: [worker] })),
      claim: CLAIM,
      result: RESULT,
      stopping: intent !== undefined,
    }),
  });
  const workers = seen.workers.map(worker => {
    const task: TaskView = {
      ...{ id: String(worker.index), service: 'id-workers', slot: worker.index + 1, node: 'node-1' },
      ...{ state: 'failed', desired: 'shutdown', exitCode: 137, error: 'task: non-zero exit (137)' },
      ...{ addresses: {}, createdAt: NOW, changedAt: NOW },
    };
    return { ...worker, node: HOST, task };
  });
  return { ...seen, workers };
}

/** The record while mpirun has not noticed. */
function waited(of: JobRecord, seen: RunView): JobRecord {
  const unnoticed = { ...seen, znodes: { ...readyZnodes(), claim: CLAIM } };
  const next = { phase: 'running', step: { kind: 'continue' } } as const;
  const current = situation(unnoticed);
  const waiting = waitingOn({ ...next, ended: false, trouble: undefined, current });
  return nextStatus(of, { ...next, now: NOW, waiting, ...current });
}

/** The record with as many such runs as it holds, and as many events of their ends. */
function full({ status, ...rest }: JobRecord): JobRecord {
  const run = status.runs.at(-1);
  const event = status.events.at(-1);
  if (!run || !event) throw new Error('there is no run, or no event');
  const runs = Array.from({ length: MAX_RUNS }, () => run);
  const events = Array.from({ length: MAX_EVENTS }, () => event);
  return { ...rest, status: { ...status, runs, events } };
}

describe('the record of a job of 512 workers that loses them all', () => {
  for (const [how, intent] of [
    ['mpirun exits', undefined],
    ['mpirun is stopped', 'worker-lost'],
  ] as const) {
    it(`fits into the 1 MB of a znode after twenty attempts where ${how}`, () => {
      const fresh = record({ workers: { replicas: WORKERS.length } });
      const of = waited(fresh, allLost(fresh, undefined));
      expect(of.status.losses).to.have.length(WORKERS.length);
      const seen = allLost(of, intent);
      const end = runEnd(seen, factsOf(seen), intent);
      if (end.kind !== 'ended') throw new Error(`expected an end, got ${end.kind}`);
      const over = endRun(of, end.end, seen);
      expect(currentRun(over).message).to.match(/ended with exit code 137; and 509 more workers; mpirun/);
      expect(JSON.stringify(full(over)).length).to.be.below(850_000);
    });
  }
});
