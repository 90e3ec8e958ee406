import { expect } from 'chai';
import type { RunWorld, SwarmWorld, TaskView } from '../../../controller/core/model/world.js';
import { isLostForGood, lostWorkers } from '../../../controller/core/observed/lost-workers.js';
import { runIntent } from '../../../controller/core/run/stop.js';
import { factsOf, NOW, record, type ViewChanges, view } from '../build.js';

const CLAIM = { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: NOW };
const claimed = (znodes: RunWorld): RunWorld => ({ ...znodes, claim: CLAIM });
const second = (change: Partial<TaskView> | undefined) => (world: SwarmWorld) => ({
  ...world,
  tasks: world.tasks.flatMap(one =>
    one.id !== 'worker-1' ? [one] : change === undefined ? [] : [{ ...one, ...change }],
  ),
});

function lost(changes: ViewChanges): readonly string[] {
  return lostWorkers(view({ znodes: claimed, ...changes })).map(({ message }) => message);
}

describe('a worker of a run that has started', () => {
  for (const [what, swarm, words] of [
    [
      'was killed',
      second({ state: 'failed', exitCode: 137, error: 'task: non-zero exit (137)' }),
      'worker 1 on node n1: container ended with exit code 137',
    ],
    [
      "ended with the engine's words",
      second({ state: 'failed', exitCode: 1, error: 'OCI runtime error' }),
      'worker 1 on node n1: container ended with exit code 1: OCI runtime error',
    ],
    ['was drained away', second({ state: 'shutdown' }), 'worker 1 on node n1: container ended (shutdown)'],
    ['is not listed any more', second(undefined), 'worker 1: its container is gone'],
  ] as const) {
    it(`is lost when its container ${what}`, () => {
      expect(lost({ swarm })).to.deep.equal([words]);
    });
  }

  it('is lost with its node, although Swarm reports its container as running', () => {
    const swarm = (world: SwarmWorld) => ({
      ...second({ node: 'node-2', desired: 'shutdown' })(world),
      nodes: [
        ...world.nodes,
        ...world.nodes.map(n => ({ ...n, id: 'node-2', hostname: 'n2', reachable: false })),
      ],
    });
    expect(lost({ swarm })).to.deep.equal(['worker 1 on node n2: its node is not reachable']);
  });

  it('is not lost because its registration is gone', () => {
    expect(lost({ znodes: z => ({ ...claimed(z), registrations: [] }) })).to.deep.equal([]);
  });

  it('is lost because its container ended, even if Swarm has replaced it', () => {
    const swarm = (world: SwarmWorld) => {
      const seen = second({ state: 'complete', exitCode: 0, desired: 'shutdown' })(world);
      const successor = { ...seen.tasks[1], id: 'successor', slot: 2, createdAt: NOW + 5_000 } as TaskView;
      return { ...seen, tasks: [...seen.tasks, successor] };
    };
    expect(lost({ swarm })).to.deep.equal(['worker 1 on node n1: container ended with exit code 0']);
    expect(view({ znodes: claimed, swarm }).workers[1]?.task?.id).to.equal('worker-1');
  });

  it('cannot be lost before the start', () => {
    expect(lostWorkers(view({ swarm: second(undefined) }))).to.deep.equal([]);
  });

  it('is not the container that runs mpirun, whose loss is the loss of the launcher', () => {
    const claim = { ...CLAIM, workers: ['launcher', 'worker-1'] };
    const swarm = (world: SwarmWorld) => ({
      ...world,
      tasks: world.tasks.filter(({ id }) => id !== 'launcher'),
    });
    expect(lost({ znodes: z => ({ ...z, claim }), swarm })).to.deep.equal([]);
  });
});

describe('mpirun that does not notice the loss of a worker', () => {
  const message = 'worker 1 on node n1: container ended with exit code 137';
  const swarm = second({ state: 'failed', exitCode: 137 });
  const since = (ms: number) => {
    const of = record();
    return { ...of, status: { ...of.status, losses: [{ worker: 1, since: NOW - ms, message }] } };
  };

  it('is left alone for 30 s, and then stopped', () => {
    const seen = (ms: number) => view({ znodes: claimed, swarm, record: since(ms) });
    expect(isLostForGood(seen(30_000))).to.equal(false);
    expect(isLostForGood(seen(30_001))).to.equal(true);
    expect(runIntent(seen(30_001), factsOf(seen(30_001)), false)).to.equal('worker-lost');
  });

  it('is left alone when the worker is back', () => {
    expect(isLostForGood(view({ znodes: claimed, record: since(60_000) }))).to.equal(false);
  });
});
