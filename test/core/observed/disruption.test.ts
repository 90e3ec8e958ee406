import { expect } from 'chai';
import type { Disruption } from '../../../controller/core/model/disruption.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import type { NodeView, SwarmWorld, TaskView } from '../../../controller/core/model/world.js';
import { disruptionOf } from '../../../controller/core/observed/disruption.js';
import { currentRun, NOW, record, view } from '../build.js';

const CLAIM = { task: 'launcher', workers: ['worker-0', 'worker-1'], nonce: 'n', startedAt: NOW };

/** The world with that of its node, and of one of its tasks. */
const seen =
  (node: Partial<NodeView>, task: Partial<TaskView> = {}, id = 'worker-1') =>
  (world: SwarmWorld): SwarmWorld => ({
    ...world,
    nodes: world.nodes.map(one => ({ ...one, ...node })),
    tasks: world.tasks.map(one => (one.id === id ? { ...one, ...task } : one)),
  });
const without =
  (what: 'nodes' | 'services') =>
  (world: SwarmWorld): SwarmWorld => ({
    ...seen({}, { state: 'shutdown', desired: 'shutdown' })(world),
    [what]: [],
  });

const SILENT: Partial<NodeView> = { usable: false, reachable: false };
const DRAINED: Partial<NodeView> = { usable: false, drained: true };
const FAILED: Partial<TaskView> = { state: 'failed', desired: 'shutdown', exitCode: 137 };
const STOPPED: Partial<TaskView> = { state: 'shutdown', desired: 'shutdown', exitCode: 143 };

/** The container of worker 1 has ended so, and then its node was no longer heard of; the others are elsewhere. */
const lostAfter =
  (exitCode: number) =>
  (world: SwarmWorld): SwarmWorld => {
    const { nodes, ...rest } = seen({}, { ...FAILED, exitCode, node: 'node-2' })(world);
    return { ...rest, nodes: [...nodes, ...nodes.map(node => ({ ...node, ...SILENT, id: 'node-2' }))] };
  };

const TABLE: readonly (readonly [string, (world: SwarmWorld) => SwarmWorld, string])[] = [
  ['nothing', seen({}), 'none'],
  ['a container that ended by itself, or for lack of memory', seen({}, FAILED), 'none'],
  ['a container that ended well', seen({}, { state: 'complete', desired: 'shutdown', exitCode: 0 }), 'none'],
  ['a node that is drained, whose container ended before', seen(DRAINED, FAILED), 'none'],
  [
    'a node that is drained, whose container is being stopped',
    seen(DRAINED, { desired: 'shutdown' }),
    'NodeDrained worker 1: its node n1 is drained',
  ],
  [
    'a node that is drained, whose container was stopped',
    seen(DRAINED, STOPPED),
    'NodeDrained worker 1: its node n1 is drained',
  ],
  ['a node that takes no more containers, and keeps those that it has', seen({ usable: false }), 'none'],
  ['a node that is not reachable', seen(SILENT), 'NodeUnreachable launcher: its node n1 is not reachable'],
  ['a container that ran out of memory on a node that is not reachable now', lostAfter(137), 'none'],
  [
    'a container that was asked to end on a node that is not reachable now',
    lostAfter(143),
    'NodeUnreachable worker 1: its node n1 is not reachable',
  ],
  ['a node that was removed', without('nodes'), 'NodeRemoved launcher: its node was removed from the swarm'],
  [
    'a node that is back, where Swarm stops what it has given up',
    seen({}, { desired: 'shutdown' }, 'launcher'),
    'StoppedBySwarm launcher: Swarm stopped its container on node n1',
  ],
  ['a service that a person removed', without('services'), 'none'],
  [
    'a service that a person scaled',
    world => ({
      ...seen({}, STOPPED)(world),
      services: world.services.map(one => ({ ...one, replicas: 1 })),
    }),
    'none',
  ],
];

const words = (disruption: Disruption | undefined) =>
  disruption ? `${disruption.reason} ${disruption.message}` : 'none';

describe('what disrupts a run', () => {
  for (const [what, swarm, is] of TABLE) {
    it(`${what}: ${is}`, () => {
      expect(words(disruptionOf(view({ swarm, znodes: znodes => ({ ...znodes, claim: CLAIM }) })))).to.equal(
        is,
      );
    });

    it(`${what}, before the start: none, as everything may be replaced`, () => {
      expect(disruptionOf(view({ swarm }))).to.equal(undefined);
    });
  }

  describe('a node that is back', () => {
    const before: Disruption = {
      reason: 'NodeUnreachable',
      message: 'launcher: its node n1 is not reachable',
    };
    const disrupted = (disruption: Disruption): JobRecord => {
      const of = record();
      return { ...of, status: { ...of.status, runs: [{ ...currentRun(of), disruption }] } };
    };
    const found = (disruption: Disruption) =>
      disruptionOf(view({ record: disrupted(disruption), znodes: znodes => ({ ...znodes, claim: CLAIM }) }));

    it('remains the reason for a minute, because its engine may have restarted', () => {
      expect(found(before)).to.deep.equal({ ...before, back: NOW });
      expect(found({ ...before, back: NOW - 59_000 })).to.deep.equal({ ...before, back: NOW - 59_000 });
      expect(found({ ...before, back: NOW - 61_000 })).to.equal(undefined);
    });
  });
});
