import { expect } from 'chai';
import type { JobRecord, StopIntent, Timed } from '../../../controller/core/model/record.js';
import type { RunWorld, SwarmWorld } from '../../../controller/core/model/world.js';
import { runEnd } from '../../../controller/core/run/run-end.js';
import type { RunResult } from '../../../controller/shared/protocol/protocol.js';
import { factsOf, NOW, record, type ViewChanges, view } from '../build.js';

const CLAIM = { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: NOW };
/** mpirun puts what it has to say between two of these. */
const RULE = '-'.repeat(74);
const RIGHT = [0, 1].map(index => ({ worker: index, task: `worker-${index}`, ranks: [index] }));
const RESULT: RunResult = {
  task: 'launcher',
  exitCode: 0,
  startedAt: NOW,
  endedAt: NOW,
  stdoutBytes: 0,
  stderrBytes: 0,
  tail: '',
};

const started =
  (more: Partial<RunWorld> = {}) =>
  (znodes: RunWorld) => ({ ...znodes, claim: CLAIM, ...more });
const result = (more: Partial<RunResult>, rest: Partial<RunWorld> = {}) =>
  started({ result: { ...RESULT, ...more }, placements: RIGHT, ...rest });
const launcherFailed = (world: SwarmWorld): SwarmWorld => ({
  ...world,
  tasks: world.tasks.map(one =>
    one.id === 'launcher' ? { ...one, state: 'failed', error: 'OOM', exitCode: 137 } : one,
  ),
});

const launcherEnded =
  (exitCode: number) =>
  (world: SwarmWorld): SwarmWorld => ({
    ...world,
    tasks: world.tasks.map(one =>
      one.id === 'launcher' ? { ...one, state: exitCode === 0 ? 'complete' : 'failed', exitCode } : one,
    ),
  });
const bothEnded = (world: SwarmWorld): SwarmWorld => launcherEnded(0)(workerFailed(world));

const workerFailed = (world: SwarmWorld): SwarmWorld => ({
  ...world,
  tasks: world.tasks.map(one =>
    one.id === 'worker-1'
      ? { ...one, state: 'failed', error: 'task: non-zero exit (137)', exitCode: 137 }
      : one,
  ),
});

function waitingSince(reason: Timed, ms: number): JobRecord {
  const of = record();
  return { ...of, status: { ...of.status, timers: { [reason]: NOW - ms } } };
}

function lostFor(ms: number, message: string): JobRecord {
  const of = record();
  return { ...of, status: { ...of.status, losses: [{ worker: 1, since: NOW - ms, message }] } };
}

interface Row {
  readonly what: string;
  readonly when: ViewChanges;
  readonly intent?: StopIntent;
  readonly is: string;
  readonly says?: RegExp;
}

const TABLE: readonly Row[] = [
  { what: 'nothing has started', when: {}, is: 'open' },
  { what: 'mpirun runs', when: { znodes: started() }, is: 'open' },
  { what: 'exit 0, every rank in its place', when: { znodes: result({}) }, is: 'Succeeded Completed 0' },
  {
    what: 'exit 7',
    when: { znodes: result({ exitCode: 7, tail: `noise\n${RULE}\nbad\n\n${RULE}\nmore\n` }) },
    is: 'Failed NonZeroExitCode 7',
    says: /code 7: bad$/,
  },
  {
    what: 'ended by a signal',
    when: { znodes: result({ exitCode: 139, signal: 'SIGSEGV' }) },
    is: 'Failed NonZeroExitCode 139',
    says: /SIGSEGV/,
  },
  {
    what: 'the program is not there',
    when: { znodes: result({ exitCode: 127 }) },
    is: 'Failed CommandNotFound 127',
  },
  {
    what: 'exit 0, a rank in a wrong place',
    when: { znodes: result({}, { placements: [{ worker: 0, task: 't', ranks: [0, 1] }] }) },
    is: 'Failed RanksMisplaced 0',
  },
  {
    what: 'exit 0, a rank not seen yet',
    when: { znodes: result({}, { placements: [] }) },
    is: 'wait PlacementPending',
  },
  {
    what: 'exit 0, a rank not seen for 11 s',
    when: { znodes: result({}, { placements: [] }), record: waitingSince('PlacementPending', 11_000) },
    is: 'Failed RanksMisplaced 0',
  },
  {
    what: 'the launcher is gone',
    when: { znodes: started(), swarm: launcherFailed },
    is: 'wait ResultPending',
    says: /failed: OOM/,
  },
  {
    what: 'the launcher has been gone for 4 s',
    when: { znodes: started(), swarm: launcherFailed, record: waitingSince('ResultPending', 4_000) },
    is: 'wait ResultPending',
  },
  {
    what: 'the launcher has been gone for 6 s',
    when: { znodes: started(), swarm: launcherFailed, record: waitingSince('ResultPending', 6_000) },
    is: 'Failed LauncherLost 137',
  },
  {
    what: 'the launcher is gone and there is a result',
    when: { znodes: result({}), swarm: launcherFailed },
    is: 'Succeeded Completed 0',
  },
  { what: 'cancelled before the start', when: {}, intent: 'cancelled', is: 'Cancelled CancelRequested' },
  {
    what: 'cancelled while mpirun runs',
    when: { znodes: started() },
    intent: 'cancelled',
    is: 'wait Stopping',
  },
  {
    what: 'cancelled, and mpirun has not ended for 11 s',
    when: { znodes: started({ stopping: true }), record: waitingSince('Stopping', 11_000) },
    intent: 'cancelled',
    is: 'Cancelled CancelRequested',
  },
  {
    what: 'cancelled, and mpirun has ended',
    when: { znodes: result({ exitCode: 143 }, { stopping: true }) },
    intent: 'cancelled',
    is: 'Cancelled CancelRequested 143',
  },
  {
    what: 'suspended, and mpirun has ended',
    when: { znodes: result({ exitCode: 143 }, { stopping: true }) },
    intent: 'suspended',
    is: 'Cancelled Suspended 143',
  },
  {
    what: 'edited, and mpirun has ended',
    when: { znodes: result({ exitCode: 143 }, { stopping: true }) },
    intent: 'superseded',
    is: 'Cancelled Superseded 143',
  },
  { what: 'removed before the start', when: {}, intent: 'deleted', is: 'Cancelled ManifestRemoved' },
  {
    what: 'too long, and mpirun has ended',
    when: { znodes: result({ exitCode: 143 }, { stopping: true }) },
    intent: 'deadline',
    is: 'Failed DeadlineExceeded 143',
  },
  {
    what: 'too long, but mpirun ended before it was asked to',
    when: { znodes: result({}) },
    intent: 'deadline',
    is: 'Succeeded Completed 0',
  },
  {
    what: 'cancelled, and the launcher is gone',
    when: { znodes: started(), swarm: launcherFailed, record: waitingSince('ResultPending', 6_000) },
    intent: 'cancelled',
    is: 'Cancelled CancelRequested',
  },
  {
    what: 'the launcher lacks something',
    when: {
      znodes: znodes => ({
        ...znodes,
        ...(znodes.launcher ? { launcher: { ...znodes.launcher, fault: 'no ssh' } } : {}),
      }),
    },
    is: 'Failed LauncherFault',
    says: /no ssh/,
  },
  {
    what: 'not started within the deadline',
    when: {
      record: record({ runPolicy: { startDeadlineSeconds: 60 } }),
      znodes: znodes => ({ ...znodes, registrations: [] }),
    },
    intent: 'start-deadline',
    is: 'Failed StartDeadlineExceeded',
    says: /within 60 s, it did not become ssh-ready: worker 0: its agent .*; worker 1: its agent/,
  },
  {
    what: 'not started within the deadline, and the launcher has the token',
    when: { znodes: znodes => ({ ...znodes, started: true }) },
    intent: 'start-deadline',
    is: 'wait Stopping',
  },
  {
    what: 'a worker was lost and mpirun ended by itself',
    when: { znodes: result({ exitCode: 1, tail: 'bye' }), swarm: workerFailed },
    is: 'Failed WorkerLost 1',
    says: /^worker 1 on node n1: container ended with exit code 137; mpirun exited with code 1: bye$/,
  },
  {
    what: 'a worker was lost and mpirun ended well all the same',
    when: { znodes: result({}), swarm: workerFailed },
    is: 'Succeeded Completed 0',
  },
  {
    what: 'mpirun says that it lost a worker, and Swarm does not know of it yet',
    when: { znodes: result({ exitCode: 1, tail: 'ORTE has lost communication with a remote daemon.' }) },
    is: 'wait LossPending',
  },
  {
    what: 'mpirun says that it lost a worker, and after 31 s Swarm has still not heard of it',
    when: {
      znodes: result({ exitCode: 1, tail: 'ORTE has lost communication with a remote daemon.' }),
      record: waitingSince('LossPending', 31_000),
    },
    is: 'Failed WorkerLost 1',
    says: /^a worker was lost \(Swarm does not say which\); mpirun exited with code 1: ORTE has lost/,
  },
  {
    what: 'mpirun killed the ranks for a worker that it lost, and exited with 0',
    when: {
      znodes: result({ tail: `PRTE has lost communication with a remote daemon.\n` }),
      swarm: workerFailed,
    },
    is: 'Failed WorkerLost 0',
    says: /^worker 1 on node n1: .* 137; mpirun exited with code 0: PRTE has lost/,
  },
  {
    what: 'mpirun exited with 0 for a worker that it lost, and Swarm does not know of it yet',
    when: { znodes: result({ tail: 'PRTE has lost communication with a remote daemon.' }) },
    is: 'wait LossPending',
  },
  {
    what: 'a connection broke, and after 31 s Swarm has heard of no loss',
    when: {
      znodes: result({ exitCode: 1, tail: 'Connection to 10.0.1.6 closed by remote host.' }),
      record: waitingSince('LossPending', 31_000),
    },
    is: 'Failed NonZeroExitCode 1',
  },
  {
    what: 'a worker was lost, and mpirun was stopped for it',
    when: {
      znodes: result({ exitCode: 143 }, { stopping: true }),
      record: lostFor(31_000, 'worker 1 on node n1: container ended with exit code 137'),
    },
    intent: 'worker-lost',
    is: 'Failed WorkerLost 143',
    says: /^worker 1 on node n1: .* 137; mpirun did not end by itself within 30 s$/,
  },
  {
    what: 'Swarm no longer lists the container that claimed the start',
    when: {
      znodes: started(),
      swarm: world => ({ ...world, tasks: world.tasks.filter(({ id }) => id !== 'launcher') }),
    },
    is: 'wait ResultPending',
  },
  {
    what: 'the launcher ended with 0 and no result, every rank in its place',
    when: {
      znodes: started({ placements: RIGHT }),
      swarm: launcherEnded(0),
      record: waitingSince('ResultPending', 6_000),
    },
    is: 'Succeeded Completed 0',
    says: /exited with code 0, by Swarm's word/,
  },
  {
    what: 'the same, and its result may still come',
    when: { znodes: started({ placements: RIGHT }), swarm: launcherEnded(0) },
    is: 'wait ResultPending',
  },
  {
    what: 'the same, and it was to be cancelled but not asked to end',
    when: {
      znodes: started({ placements: RIGHT }),
      swarm: launcherEnded(0),
      record: waitingSince('ResultPending', 6_000),
    },
    intent: 'cancelled',
    is: 'Succeeded Completed 0',
  },
  {
    what: 'the same, and it was asked to end',
    when: {
      znodes: started({ placements: RIGHT, stopping: true }),
      swarm: launcherEnded(0),
      record: waitingSince('ResultPending', 6_000),
    },
    intent: 'cancelled',
    is: 'Cancelled CancelRequested',
  },
  {
    what: 'the launcher ended with 0 and no result, and a worker is lost',
    when: {
      znodes: started({ placements: RIGHT }),
      swarm: bothEnded,
      record: waitingSince('ResultPending', 6_000),
    },
    is: 'Failed LauncherLost 0',
  },
  {
    what: 'the launcher ended with 0 and no result, and a rank was never reported',
    when: {
      znodes: started({ placements: RIGHT.slice(1) }),
      swarm: launcherEnded(0),
      record: waitingSince('ResultPending', 6_000),
    },
    is: 'Failed LauncherLost 0',
  },
  {
    what: 'the launcher ended with 0 and no result, and another one has the claim',
    when: {
      znodes: started({ placements: RIGHT, claim: { ...CLAIM, task: 'another' } }),
      swarm: launcherEnded(0),
      record: waitingSince('ResultPending', 6_000),
    },
    is: 'Failed LauncherLost',
  },
  {
    what: 'the launcher has run the command, and ZooKeeper has no claim yet',
    when: { swarm: launcherEnded(0) },
    is: 'wait ZnodesLost',
  },
  {
    what: 'the launcher has run the command, and ZooKeeper never had a claim',
    when: { swarm: launcherEnded(0), record: waitingSince('ZnodesLost', 6_000) },
    is: 'Failed ZnodesLost 0',
    says: /so .* has run, but ZooKeeper has no record of its start; .*rerun to run the job again$/,
  },
  {
    what: 'the command failed, and ZooKeeper never had a claim',
    when: { swarm: launcherEnded(3), record: waitingSince('ZnodesLost', 6_000) },
    is: 'Failed ZnodesLost 3',
    says: /restored from an older state$/,
  },
  ...[1, 70, 127, 137, 143].map(
    (code): Row => ({
      what: `the launcher ended with ${code}, as one does that never started the command, and there is no claim`,
      when: { swarm: launcherEnded(code), record: waitingSince('ZnodesLost', 6_000) },
      is: 'open',
    }),
  ),
];

describe('the end of a run:', () => {
  for (const { what, when, intent, is, says } of TABLE) {
    it(`${what}: ${is}`, () => {
      const seen = view(when);
      const progress = runEnd(seen, factsOf(seen), intent);
      const end = progress.kind === 'ended' ? progress.end : undefined;
      const words = end
        ? [end.outcome, end.reason, end.exitCode]
        : [progress.kind, progress.kind === 'wait' ? progress.reason : undefined];
      expect(words.filter(word => word !== undefined).join(' ')).to.equal(is);
      const message = end?.message ?? (progress.kind === 'wait' ? progress.message : '');
      if (says) expect(message).to.match(says);
    });
  }

  it('has the last lines of output in its message if mpirun printed nothing', () => {
    const seen = view({ znodes: result({ exitCode: 1, tail: 'a\n\nb\nc\nd\ne\nf\n' }) });
    const end = runEnd(seen, factsOf(seen), undefined);
    expect(end.kind === 'ended' && end.end.message).to.match(/code 1: b c d e f$/);
  });

  it('has mpirun’s text in its message even if mpirun’s frame begins within a rank’s line', () => {
    const tail = `[n1] Local abort, and not${RULE}\nno component nosuch\n${RULE}\n\0${RULE}\nMPI_INIT failed\n${RULE}\n able\n`;
    const seen = view({ znodes: result({ exitCode: 14, tail }) });
    const end = runEnd(seen, factsOf(seen), undefined);
    expect(end.kind === 'ended' && end.end.message).to.match(/code 14: no component nosuch$/);
  });

  it('has at most 600 characters of it in its message', () => {
    const seen = view({ znodes: result({ exitCode: 1, tail: 'x'.repeat(4_000) }) });
    const end = runEnd(seen, factsOf(seen), undefined);
    expect(end.kind === 'ended' && end.end.message).to.have.length.below(660);
  });
});
