import { expect } from 'chai';
import type { RunPolicy } from '../../../controller/api/types/mpijob.js';
import { type AdmissionInputs, admissions } from '../../../controller/core/job/admission.js';
import { newRecord } from '../../../controller/core/job/record.js';
import { runLabels } from '../../../controller/core/model/names.js';
import type { ChosenNodes, JobRecord } from '../../../controller/core/model/record.js';
import type { NodeView, Reservation, SwarmWorld } from '../../../controller/core/model/world.js';
import { afterRun, withRun } from '../../../controller/core/run/next-step.js';
import { currentRun, ended, INSTALLATION, job, NOW, record, swarmWorld, task } from '../build.js';

const GI = 2 ** 30;
const CPU = 1_000_000_000;

interface Ask {
  readonly replicas?: number;
  readonly cpu?: string;
  readonly memory?: string;
  readonly launcher?: string;
  readonly age?: number;
  readonly policy?: Partial<RunPolicy>;
  readonly spec?: Parameters<typeof job>[0];
}

/** A job that was never run; the older, the larger `age`. */
function wants(name: string, ask: Ask): JobRecord {
  const { replicas = 1, cpu, memory, launcher, age = 0, policy = {}, spec = {} } = ask;
  const requests = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  const own = launcher === undefined ? {} : { launcher: { resources: { requests: { cpu: launcher } } } };
  const workers = { replicas, resources: { requests }, ...spec.workers };
  const manifest = job({ ...own, ...spec, runPolicy: policy, workers }, name);
  return newRecord(manifest, `${name}.yaml:1`, { uid: '1a2b3c4d', now: NOW - age });
}

function node(hostname: string, cpus: number, change: Partial<NodeView> = {}): NodeView {
  const role = 'manager' as const;
  const capacity = { nanoCpus: cpus * CPU, memoryBytes: 8 * GI };
  const base = {
    id: `id-${hostname}`,
    hostname,
    role,
    usable: true,
    reachable: true,
    address: '',
    labels: {},
  };
  return { ...base, capacity, ...change };
}

const THREE = [node('n1', 2), node('n2', 2), node('n3', 2)];
const reserves = (hostname: string, cpus: number): Reservation => ({
  node: `id-${hostname}`,
  nanoCpus: cpus * CPU,
  memoryBytes: 0,
});

function swarm(nodes: readonly NodeView[], change: Partial<SwarmWorld> = {}): SwarmWorld {
  return { ...swarmWorld(record()), nodes, services: [], tasks: [], ...change };
}

/** What is decided on each job that has something decided on it: `admitted`, or the reason and its words. */
function decided(
  records: readonly JobRecord[],
  more: Partial<Omit<AdmissionInputs, 'jobs'>> = {},
): Readonly<Record<string, string>> {
  const decisions = admissions({
    jobs: records.map(record => ({ record, follows: afterRun(record, NOW) })),
    swarm: swarm(THREE),
    others: [],
    ...more,
  });
  return Object.fromEntries(
    [...decisions].map(([key, why]) => [
      key.replace('default/', ''),
      why.kind === 'waits' ? `${why.reason.reason}: ${why.reason.message}` : words(why.nodes),
    ]),
  );
}

/** `admitted, launcher on id-n1` */
function words(nodes: ChosenNodes): string {
  return ['admitted', ...Object.entries(nodes).map(([role, id]) => `${role} on ${id}`)].join(', ');
}

describe('a job that asks for cpu or memory', () => {
  it('is admitted when all of it fits', () => {
    expect(decided([wants('a', { replicas: 3, cpu: '2' })])).to.deep.equal({ a: 'admitted' });
  });

  it('waits as a whole when a part of it does not fit, and says how much does, and where', () => {
    const a = wants('a', { replicas: 4, cpu: '1', memory: '4Gi' });
    const others = [reserves('n1', 2), reserves('n2', 1)];
    expect(decided([a], { others })).to.deep.equal({
      a: 'InsufficientResources: needs 4 workers of 1 CPU and 4Gi: there is room for 3 of the workers, on n2 and n3',
    });
  });

  it('waits for room for its launcher too', () => {
    const a = wants('a', { replicas: 3, cpu: '1500m', launcher: '1' });
    expect(
      decided([a], { swarm: swarm([...THREE, node('n4', 2)]), others: [reserves('n4', 2)] }),
    ).to.deep.equal({
      a: 'InsufficientResources: needs 3 workers of 1500m CPU and a launcher of 1 CPU: there is room for the workers or the launcher, not for both',
    });
  });

  it('gives its launcher the one node where the workers leave room for it', () => {
    const nodes = [node('n1', 4), node('n2', 3)];
    const a = wants('a', { replicas: 2, cpu: '2', launcher: '3' });
    expect(decided([a], { swarm: swarm(nodes) })).to.deep.equal({ a: 'admitted' });
  });

  it('needs room on nodes that meet its constraints, are usable, and where maxPerNode allows', () => {
    const at = (workers: object) => ({ spec: { workers: { replicas: 1, ...workers } } });
    const constraint = { placement: { constraints: ['node.hostname==n1'] } };
    const asked = { resources: { requests: { cpu: '1' } } };
    const here = wants('here', at({ replicas: 2, ...asked, ...constraint }));
    const spreadOut = wants('spread', at({ replicas: 3, maxPerNode: 1, ...asked }));
    expect(decided([here])).to.deep.equal({ here: 'admitted' });
    expect(decided([here], { others: [reserves('n1', 1)] })['here']).to.match(
      /^Insuff.*1 of the workers, on n1$/,
    );
    expect(decided([spreadOut])).to.deep.equal({ spread: 'admitted' });
    expect(decided([spreadOut], { others: [reserves('n3', 2)] })['spread']).to.match(
      /2 of the workers, on n1 and n2$/,
    );
    const down = [node('n1', 2), node('n2', 2), node('n3', 2, { usable: false })];
    expect(decided([spreadOut], { swarm: swarm(down) })['spread']).to.match(
      /^Unschedulable: .*even when they are empty/,
    );
  });

  it('counts worker 0 as launcher with the request of a worker, and once', () => {
    const a = wants('a', { replicas: 3, cpu: '2', spec: { launcher: { mode: 'Worker0' } } });
    expect(decided([a])).to.deep.equal({ a: 'admitted' });
  });

  it('is admitted on nodes whose engine does not say what they have', () => {
    const { capacity: _, ...unknown } = node('n1', 1);
    expect(decided([wants('a', { cpu: '64' })], { swarm: swarm([unknown]) })).to.deep.equal({
      a: 'admitted',
    });
  });
});

describe('a job that asks for nothing', () => {
  it('starts whatever others wait for', () => {
    const big = wants('big', { replicas: 3, cpu: '2', age: 10 });
    expect(decided([big, wants('free', {})], { others: [reserves('n1', 2)] })['free']).to.equal('admitted');
  });

  it('starts also where no node may take containers, and waits there as a run', () => {
    const nodes = [node('n1', 2, { usable: false })];
    expect(decided([wants('free', {})], { swarm: swarm(nodes) })).to.deep.equal({ free: 'admitted' });
  });
});

describe('jobs that wait', () => {
  const others = [reserves('n1', 1)];

  it('are admitted by priority, then by age', () => {
    const old = wants('old', { replicas: 1, cpu: '2', age: 100 });
    const young = wants('young', { replicas: 1, cpu: '2' });
    const high = wants('high', { replicas: 1, cpu: '2', policy: { priority: 5 } });
    expect(decided([young, old, high], { others })).to.deep.equal({
      high: 'admitted',
      old: 'admitted',
      young: 'InsufficientResources: needs 1 worker of 2 CPU: there is room for none of the workers',
    });
  });

  it('keep their turn: a small one does not overtake a large one, and says behind whom it is', () => {
    const large = wants('large', { replicas: 3, cpu: '2', age: 100 });
    const small = wants('small', { cpu: '1', age: 50 });
    const last = wants('last', { cpu: '1' });
    expect(decided([last, small, large], { others })).to.deep.equal({
      large:
        'InsufficientResources: needs 3 workers of 2 CPU: there is room for 2 of the workers, on n2 and n3',
      small: 'Queued: queued behind default/large',
      last: 'Queued: queued behind default/small',
    });
  });

  it('do not wait for a job that is too large for empty nodes, which says so', () => {
    const huge = wants('huge', { replicas: 4, cpu: '2', policy: { priority: 9 } });
    const small = wants('small', { cpu: '1' });
    expect(decided([small, huge])).to.deep.equal({
      huge: 'Unschedulable: needs 4 workers of 2 CPU: even when they are empty, the nodes have room for 3 of the workers, on n1, n2 and n3',
      small: 'admitted',
    });
  });

  it('share the room: what one job gets, the next does not', () => {
    const two = [
      wants('a', { replicas: 2, cpu: '2', age: 2 }),
      wants('b', { replicas: 2, cpu: '2', age: 1 }),
    ];
    expect(decided(two)).to.include({ a: 'admitted' });
    expect(decided(two)['b']).to.match(/^Insufficient.*1 of the workers, on n3$/);
  });

  it('exclude jobs that are suspended, cancelled, finished or pausing after a failure', () => {
    const ask = { cpu: '1' } as const;
    const finished = wants('finished', ask);
    const failed = started(wants('failed', { ...ask, policy: { backoffLimit: 1 } }));
    expect(
      decided([
        wants('suspended', { ...ask, policy: { suspend: true } }),
        wants('cancelled', { ...ask, policy: { cancel: true } }),
        { ...finished, status: { ...finished.status, outcome: 'Succeeded', observedGeneration: 1 } },
        ended(failed, { outcome: 'Failed', reason: 'NonZeroExitCode' }),
      ]),
    ).to.deep.equal({});
  });

  it('include jobs that come back for another run', () => {
    const failed = started(wants('failed', { cpu: '1', policy: { backoffLimit: 1 } }));
    const back = ended(failed, { outcome: 'Failed', reason: 'NonZeroExitCode', endedAt: NOW - 10_000 });
    expect(decided([back])).to.deep.equal({ failed: 'admitted' });
  });
});

describe('a run that was admitted', () => {
  const open = started(wants('open', { replicas: 3, cpu: '2' }));
  const next = wants('next', { cpu: '1' });

  it('keeps its request reserved while Swarm has not placed it', () => {
    expect(decided([open, next])['next']).to.match(/^InsufficientResources/);
  });

  it('is counted once when its containers reserve the request themselves', () => {
    const { id } = currentRun(open);
    const identity = { installation: INSTALLATION.id, key: open.key, uid: open.uid, generation: 1, run: id };
    const workers = { id: 'workers', name: 'workers', labels: runLabels(identity, 'workers'), image: '' };
    const placed = [1, 2, 3].map(slot => ({
      ...task(`worker-${slot}`, 'workers', slot),
      node: `id-n${slot}`,
      reserved: { nanoCpus: 2 * CPU, memoryBytes: 0 },
    }));
    const nodes = [...THREE, node('n4', 1)];
    const world = swarm(nodes, { services: [workers], tasks: placed });
    expect(decided([open, next], { swarm: world })).to.deep.equal({ next: 'admitted' });
    const two = swarm(nodes, { services: [workers], tasks: placed.slice(1) });
    expect(decided([open, wants('more', { replicas: 2, cpu: '1' })], { swarm: two })['more']).to.match(
      /^InsufficientResources: .* 1 of the workers, on n4$/,
    );
  });

  it('holds nothing more once its containers have ended', () => {
    const over = ended(open, { outcome: 'Succeeded', reason: 'Completed' });
    const done = {
      ...over,
      status: { ...over.status, outcome: 'Succeeded' as const, observedGeneration: 1 },
    };
    const tasks = [
      {
        ...task('worker-1', 'workers', 1),
        node: 'id-n1',
        state: 'complete' as const,
        reserved: { nanoCpus: 2 * CPU, memoryBytes: 0 },
      },
    ];
    const all = wants('all', { replicas: 3, cpu: '2' });
    expect(decided([done, all], { swarm: swarm(THREE, { tasks }) })).to.deep.equal({ all: 'admitted' });
  });
});

function started(of: JobRecord): JobRecord {
  const step = afterRun(of, NOW);
  if (step.kind !== 'start-run') throw new Error(`expected a run, got ${step.kind}`);
  return withRun(of, step.run);
}

describe('a job whose workers go to one node or to separate ones', () => {
  const asks = (mapping: 'AllSameNode' | 'AllSeparateNodes', replicas: number, cpu: string, more = {}) =>
    wants('a', {
      replicas,
      spec: {
        ...more,
        workers: {
          placement: { mapping },
          ...(cpu === '' ? {} : { resources: { requests: { cpu } } }),
        },
      },
    });
  const worker0 = { launcher: { mode: 'Worker0' } };

  it('is admitted to the narrowest node that has room for all', () => {
    const nodes = [node('n1', 8), node('n2', 4), node('n3', 2)];
    const told = decided([asks('AllSameNode', 2, '2')], { swarm: swarm(nodes) });
    expect(told).to.deep.equal({ a: 'admitted, workers on id-n2' });
    const both = decided([asks('AllSameNode', 2, '2', worker0)], { swarm: swarm(nodes) });
    expect(both).to.deep.equal({ a: 'admitted, launcher on id-n2, workers on id-n2' });
  });

  it('says how many one node has room for, when that is not enough', () => {
    expect(decided([asks('AllSameNode', 3, '1')], { others: [reserves('n1', 1)] })).to.deep.equal({
      a: 'Unschedulable: needs 3 workers of 1 CPU on one node: even when they are empty, the nodes have room for 2 of the workers, on n1',
    });
    const nodes = [node('n1', 4), node('n2', 2)];
    expect(
      decided([asks('AllSameNode', 3, '1')], { swarm: swarm(nodes), others: [reserves('n1', 2)] }),
    ).to.deep.equal({
      a: 'InsufficientResources: needs 3 workers of 1 CPU on one node: there is room for 2 of the workers, on n1',
    });
  });

  it('chooses a node for worker 0, which is a service of its own, so that the others avoid it', () => {
    expect(decided([asks('AllSeparateNodes', 3, '')])).to.deep.equal({ a: 'admitted' });
    expect(decided([asks('AllSeparateNodes', 3, '2', worker0)])).to.deep.equal({
      a: 'admitted, launcher on id-n1',
    });
    expect(
      decided([asks('AllSeparateNodes', 3, '2', worker0)], { others: [reserves('n2', 1)] }),
    ).to.deep.equal({
      a: 'InsufficientResources: needs 3 workers of 2 CPU on separate nodes: there is room for the workers or the launcher, not for both',
    });
  });

  it('is an ordinary job if it has one worker', () => {
    expect(decided([asks('AllSameNode', 1, '')])).to.deep.equal({ a: 'admitted' });
  });

  it('gets another node before all other jobs when the chosen node is lost before the start', () => {
    const fresh = asks('AllSameNode', 2, '2');
    const step = afterRun(fresh, NOW);
    if (step.kind !== 'start-run') throw new Error('expected a run');
    const open = withRun(fresh, { ...step.run, nodes: { workers: 'id-n1' } });
    const nodes = [node('n1', 4, { usable: false }), node('n2', 4)];
    const later = wants('b', { replicas: 1, cpu: '1' });
    expect(decided([open, later], { swarm: swarm(nodes) })).to.deep.equal({
      a: 'admitted, workers on id-n2',
      b: 'InsufficientResources: needs 1 worker of 1 CPU: there is room for none of the workers',
    });
  });
});
