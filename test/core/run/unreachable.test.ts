import { expect } from 'chai';
import type { JobRecord, StopIntent } from '../../../controller/core/model/record.js';
import type { RunWorld, SwarmWorld, TaskState } from '../../../controller/core/model/world.js';
import { runEnd } from '../../../controller/core/run/run-end.js';
import { currentRun, edited, factsOf, NOW, record, view } from '../build.js';

const CLAIM = { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: NOW };

/** Nothing is heard of the node, and ZooKeeper has dropped what its agents said. */
const cutOff =
  (state: TaskState | 'gone' = 'running') =>
  (world: SwarmWorld): SwarmWorld => ({
    ...world,
    nodes: world.nodes.map(node => ({ ...node, usable: false, reachable: false })),
    tasks: world.tasks
      .filter(({ id }) => id !== 'launcher' || state !== 'gone')
      .map(task => (task.id === 'launcher' && state !== 'gone' ? { ...task, state } : task)),
  });
const removed = (world: SwarmWorld): SwarmWorld => ({
  ...cutOff('orphaned')(world),
  nodes: [],
});
const silent = ({ launcher: _, ...znodes }: RunWorld): RunWorld => ({ ...znodes, claim: CLAIM });

function waited(of: JobRecord, seconds: number): JobRecord {
  return { ...of, status: { ...of.status, timers: { LauncherUnreachable: NOW - seconds * 1_000 } } };
}

function withRun(of: JobRecord, fields: object): JobRecord {
  return { ...of, status: { ...of.status, runs: [{ ...currentRun(of), ...fields }] } };
}

const DAY = 86_400;
const killing = record({ runPolicy: { unreachable: 'Kill', unreachableSeconds: 300 } });
const rerun = edited(record(), { runPolicy: { rerun: 'again' } });

interface Row {
  readonly what: string;
  readonly record: JobRecord;
  readonly swarm?: (world: SwarmWorld) => SwarmWorld;
  readonly intent?: StopIntent;
  readonly is: string;
  readonly says?: RegExp;
}

const LAUNCHER_WAITS = 'wait LauncherUnreachable';

const TABLE: readonly Row[] = [
  {
    what: 'for a day',
    record: waited(record(), DAY),
    is: LAUNCHER_WAITS,
    says: /node n1 is unreachable.*mpirun may be running there.*back, is removed from the swarm, or the job is rerun$/,
  },
  {
    what: 'for so long that Swarm has orphaned its task',
    record: waited(record(), 2 * DAY),
    swarm: cutOff('orphaned'),
    is: LAUNCHER_WAITS,
  },
  {
    what: 'for so long that Swarm has forgotten its task',
    record: withRun(waited(record(), 2 * DAY), { launcherNode: 'node-1' }),
    swarm: cutOff('gone'),
    is: LAUNCHER_WAITS,
  },
  { what: 'and removed from the swarm', record: record(), swarm: removed, is: 'wait ResultPending' },
  { what: 'and a worker lost', record: waited(record(), DAY), intent: 'worker-lost', is: LAUNCHER_WAITS },
  { what: 'and the job suspended', record: waited(record(), DAY), intent: 'suspended', is: LAUNCHER_WAITS },
  { what: 'and the job edited', record: waited(record(), DAY), intent: 'superseded', is: LAUNCHER_WAITS },
  {
    what: 'and the job rerun, for 59 s',
    record: waited(rerun, 59),
    intent: 'superseded',
    is: LAUNCHER_WAITS,
  },
  {
    what: 'and the job rerun, for 61 s',
    record: waited(rerun, 61),
    intent: 'superseded',
    is: 'Cancelled Superseded',
  },
  ...(
    [
      ['deleted', 'Cancelled ManifestRemoved'],
      ['cancelled', 'Cancelled CancelRequested'],
      ['deadline', 'Failed DeadlineExceeded'],
    ] as const
  ).map(([intent, is]) => ({ what: `and the job ${intent}`, record: waited(record(), 61), intent, is })),
  {
    what: 'with Kill, for 334 s of 300 + 5 + 30',
    record: waited(killing, 334),
    is: LAUNCHER_WAITS,
    says: /mpirun ends itself there after 300 s without ZooKeeper; nothing else starts for 335 s$/,
  },
  { what: 'with Kill, for 336 s', record: waited(killing, 336), is: 'Failed LauncherLost' },
  {
    what: 'with Kill and a lost worker, for 334 s',
    record: waited(killing, 334),
    intent: 'worker-lost',
    is: LAUNCHER_WAITS,
  },
  {
    what: 'with Kill in the manifest alone, since the run was made, for a day',
    record: waited(edited(record(), { runPolicy: { unreachable: 'Kill', unreachableSeconds: 300 } }), DAY),
    is: LAUNCHER_WAITS,
  },
];

describe('a run whose launcher is cut off', () => {
  for (const { what, record: of, swarm = cutOff(), intent, is, says } of TABLE) {
    it(`${what}: ${is}`, () => {
      const seen = view({ record: of, swarm, znodes: silent });
      const progress = runEnd(seen, factsOf(seen), intent);
      const [text, message] =
        progress.kind === 'ended'
          ? [`${progress.end.outcome} ${progress.end.reason}`, progress.end.message]
          : progress.kind === 'wait'
            ? [`wait ${progress.reason}`, progress.message]
            : ['open', ''];
      expect(text).to.equal(is);
      if (says) expect(message).to.match(says);
    });
  }

  it('goes on where its agent is heard of all the same', () => {
    const seen = view({ swarm: cutOff(), znodes: znodes => ({ ...znodes, claim: CLAIM }) });
    expect(runEnd(seen, factsOf(seen), undefined).kind).to.equal('open');
  });
});
