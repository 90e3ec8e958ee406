import { expect } from 'chai';
import type { MPIJob } from '../../controller/api/types/mpijob.js';
import { processes } from '../../controller/core/desired/mpirun.js';
import { type RunInputs, runSpec } from '../../controller/core/desired/run-spec.js';
import { runServices } from '../../controller/core/desired/services.js';
import { started } from '../../controller/core/desired/start-command.js';
import { admissions } from '../../controller/core/job/admission.js';
import { changedFields } from '../../controller/core/job/changes.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { NodeView } from '../../controller/core/model/world.js';
import { runView } from '../../controller/core/observed/run-view.js';
import { afterRun } from '../../controller/core/run/next-step.js';
import { checkPlacement, expectedWorker } from '../../controller/core/run/rank-placement.js';
import { runHash } from '../../controller/core/text/digest.js';
import { groupAt } from '../../controller/shared/protocol/run-groups.js';
import {
  currentRun,
  factsOf,
  freshRecord,
  groupedJob,
  INSTALLATION,
  job,
  NOW,
  PINNED,
  RESOLVED,
  recordOf,
  swarmWorld,
  task,
} from './build.js';

const TWO = [
  { name: 'gpu', replicas: 1, slots: 4, env: [{ name: 'KIND', value: 'gpu' }] },
  { name: 'cpu', replicas: 3, slots: 2, maxPerNode: 1, shmSize: '1Gi' },
] as const;

function inputs(of: MPIJob): RunInputs {
  const identity = { installation: INSTALLATION.id, key: 'default/ring', uid: '1a2b3c4d', generation: 1 };
  return {
    ...{ job: of, image: PINNED, subnets: ['10.0.1.0/24'], installation: INSTALLATION, nodes: [] },
    identity: { ...identity, run: 'ring-1a2b3c4d-1' },
    ...{ hostPublicKey: 'ssh-ed25519 HOST', clientPublicKey: 'ssh-ed25519 CLIENT' },
  };
}

describe('a run with several groups of workers', () => {
  it('is the launcher and one service for each group, with workers numbered across groups', () => {
    const services = runServices(inputs(groupedJob(TWO)));
    const seen = services.map(({ name, mode, env, maxPerNode, labels, hostname }) => ({
      ...{ name, hostname, maxPerNode, group: labels[LABEL.group], role: labels[LABEL.role] },
      ...{ replicas: mode.kind === 'replicated' && mode.replicas, first: env['MPISWARM_FIRST_INDEX'] },
    }));
    const run = 'ring-1a2b3c4d-1';
    expect(seen).to.deep.equal([
      {
        ...{ name: `${run}-launcher`, hostname: 'ring-launcher', maxPerNode: undefined, group: undefined },
        ...{ role: 'launcher', replicas: 1, first: '0' },
      },
      {
        ...{ name: `${run}-workers-gpu`, hostname: 'ring-gpu-{{.Task.Slot}}', maxPerNode: undefined },
        ...{ group: 'gpu', role: 'workers', replicas: 1, first: '0' },
      },
      {
        ...{ name: `${run}-workers-cpu`, hostname: 'ring-cpu-{{.Task.Slot}}', maxPerNode: 1 },
        ...{ group: 'cpu', role: 'workers', replicas: 3, first: '1' },
      },
    ]);
    expect(services.map(({ env }) => env['KIND'])).to.deep.equal(['gpu', 'gpu', undefined]);
    const shm = services.map(({ mounts }) => mounts.find(({ target }) => target === '/dev/shm'));
    expect(shm.map(mount => mount?.type === 'tmpfs' && mount.sizeBytes)).to.deep.equal([
      ...[2 ** 28, 2 ** 28],
      2 ** 30,
    ]);
  });

  it('has no service for a first group of one if worker 0 is the launcher', () => {
    const led = groupedJob(
      [
        { name: 'gpu', replicas: 1, slots: 4 },
        { name: 'cpu', replicas: 2 },
      ],
      { launcher: { mode: 'Worker0' } },
    );
    const services = runServices(inputs(led));
    expect(services.map(({ labels }) => labels[LABEL.group])).to.deep.equal([undefined, 'cpu']);
    expect(services.map(({ env }) => env['MPISWARM_FIRST_INDEX'])).to.deep.equal(['0', '1']);
    const many = groupedJob(
      [
        { name: 'cpu', replicas: 3 },
        { name: 'gpu', replicas: 1 },
      ],
      {
        launcher: { mode: 'Worker0' },
      },
    );
    const counts = runServices(inputs(many)).map(({ name, mode, env }) => [
      name.replace('ring-1a2b3c4d-1-', ''),
      mode.kind === 'replicated' && mode.replicas,
      env['MPISWARM_FIRST_INDEX'],
    ]);
    expect(counts).to.deep.equal([
      ['launcher', 1, '0'],
      ['workers-cpu', 2, '1'],
      ['workers-gpu', 1, '3'],
    ]);
  });

  it('has longest names below the limit of Docker', () => {
    const long = groupedJob([{ name: 'g'.repeat(20), replicas: 1 }], {}, 'j'.repeat(20));
    const run = `${'j'.repeat(20)}-1a2b3c4d-9999`;
    const of = inputs(long);
    const [, workers] = runServices({ ...of, identity: { ...of.identity, run } });
    expect(workers?.name.length).to.be.at.most(63);
  });

  it('gives its agents the slots of each worker only if there are several groups', () => {
    const spec = runSpec(inputs(groupedJob(TWO)));
    expect(spec).to.include({ workers: 4, slotsPerWorker: 4 });
    expect([0, 1, 3, 4].map(index => groupAt(spec, index)?.slots)).to.deep.equal([4, 2, 2, undefined]);
    expect(runSpec(inputs(job()))).to.not.have.property('groups');
  });

  it('has a rank for each slot, on the workers in their order', () => {
    const of = groupedJob(TWO);
    expect(processes(of)).to.equal(10);
    expect(started(of, '10.0.1.0/24', 'zk').command).to.include.members(['-np', '10']);
    const places = Array.from({ length: 11 }, (_, rank) => expectedWorker(of, rank));
    expect(places).to.deep.equal([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4]);
    const all = [
      { worker: 0, task: 'a', ranks: [0, 1, 2, 3] },
      { worker: 1, task: 'b', ranks: [4, 5] },
      { worker: 2, task: 'c', ranks: [6, 7] },
    ];
    const right = [...all, { worker: 3, task: 'd', ranks: [8, 9] }];
    expect(checkPlacement(of, right).verdict).to.equal('right');
    expect(checkPlacement(of, all).verdict).to.equal('incomplete');
    const wrong = [...all, { worker: 0, task: 'a', ranks: [8, 9] }];
    expect(checkPlacement(of, wrong)).to.deep.equal({
      verdict: 'wrong',
      message: 'rank 8 ran on worker 0, expected worker 3; rank 9 ran on worker 0, expected worker 3',
    });
  });

  it('has npernode ranks on each worker of every group', () => {
    const of = groupedJob(TWO, { mpi: { npernode: 2 } });
    expect(processes(of)).to.equal(8);
    expect([0, 1, 2, 7].map(rank => expectedWorker(of, rank))).to.deep.equal([0, 0, 1, 3]);
  });

  it('gives Java on every rank what the narrowest group has room for', () => {
    const memory = (amount: string) => ({ limits: { memory: amount } });
    const of = groupedJob(
      [
        { name: 'large', replicas: 1, resources: memory('4Gi') },
        { name: 'small', replicas: 1, slots: 2, resources: memory('2Gi') },
      ],
      { java: { mainClass: 'a.B', memoryFraction: '0.5' } },
    );
    expect(started(of, '10.0.1.0/24', 'zk').command).to.include('-Xmx512m');
  });

  it('starts again when a group is edited, which counts as one change of the list', () => {
    const [gpu, cpu] = TWO;
    const after = groupedJob([gpu, { ...cpu, slots: 3 }]);
    expect(runHash(after)).to.not.equal(runHash(groupedJob(TWO)));
    expect(changedFields(groupedJob(TWO), after).map(({ path }) => path)).to.deep.equal(['spec.workers']);
  });
});

describe('the containers of several groups', () => {
  const of = recordOf(
    groupedJob([
      { name: 'gpu', replicas: 1 },
      { name: 'cpu', replicas: 2 },
    ]),
  );
  const view = (tasks: readonly ReturnType<typeof task>[]) => {
    const { services, ...world } = swarmWorld(of);
    const [launcher, workers, ...others] = services;
    if (!launcher || !workers) throw new Error('no services');
    const grouped = ['cpu', 'gpu'].map(name => ({
      ...workers,
      id: name,
      labels: { ...workers.labels, [LABEL.group]: name },
    }));
    return runView({
      ...{ record: of, run: currentRun(of), installation: INSTALLATION, now: NOW, image: RESOLVED },
      ...{ znodes: undefined, outputStored: false },
      swarm: { ...world, services: [launcher, ...grouped, ...others], tasks },
    });
  };

  it('are the workers of their indexes', () => {
    const tasks = [task('a', 'cpu', 1), task('b', 'cpu', 2), task('c', 'gpu', 1)];
    const { workers } = view(tasks);
    expect(workers.map(({ index, name, task }) => [index, name, task?.id])).to.deep.equal([
      [0, 'worker 0 (gpu)', 'c'],
      [1, 'worker 1 (cpu)', 'a'],
      [2, 'worker 2 (cpu)', 'b'],
    ]);
  });

  it('are reported with the name of their group while one of them is missing', () => {
    const pending = { ...task('c', 'gpu', 1), state: 'pending', error: 'no suitable node' } as const;
    const { reasons } = factsOf(view([task('launcher', 'id-launcher', 1), task('a', 'cpu', 1), pending]));
    expect(reasons['ssh-ready'].map(({ message }) => message)).to.deep.equal([
      'worker 0 (gpu): no suitable node',
      'worker 1 (cpu): its agent has not reported yet',
      'worker 2 (cpu): Swarm has made no task yet',
    ]);
  });
});

describe('room for several groups', () => {
  const node = (hostname: string, cpus: number, labels = {}): NodeView => ({
    ...{
      id: `id-${hostname}`,
      hostname,
      role: 'manager',
      usable: true,
      reachable: true,
      address: '',
      labels,
    },
    capacity: { nanoCpus: cpus * 1e9, memoryBytes: 2 ** 33 },
  });
  const nodes = [node('n1', 4, { gpu: '1' }), node('n2', 2), node('n3', 2)];
  const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
  const onGpu = { placement: { constraints: ['node.labels.gpu==1'] } };

  function decided(groups: Parameters<typeof groupedJob>[0]): string {
    const record = freshRecord(groupedJob(groups));
    const swarm = { ...swarmWorld(recordOf(job())), nodes, services: [], tasks: [] };
    const all = admissions({ jobs: [{ record, follows: afterRun(record, NOW) }], swarm, others: [] });
    if (!all.has(record.key)) return 'undecided';
    const one = all.get(record.key);
    return one?.kind === 'waits' ? `${one.reason.reason}: ${one.reason.message}` : 'admitted';
  }

  it('is there when each finds its own nodes', () => {
    expect(
      decided([
        { name: 'cpu', replicas: 2, ...asks('2') },
        { name: 'gpu', replicas: 2, ...asks('2'), ...onGpu },
      ]),
    ).to.equal('admitted');
  });

  it('is lacking for the whole job if one group does not fit, and the message names it', () => {
    expect(
      decided([
        { name: 'cpu', replicas: 2, ...asks('1') },
        { name: 'gpu', replicas: 2, ...asks('3'), ...onGpu },
      ]),
    ).to.equal(
      'Unschedulable: needs 2 workers of 1 CPU (cpu), 2 workers of 3 CPU (gpu): even when they are empty, the nodes have ' +
        'room for 1 of the workers of group gpu, on n1',
    );
  });

  it('is lacking if no node meets the constraints of a group', () => {
    expect(
      decided([
        { name: 'cpu', replicas: 1, ...asks('1') },
        { name: 'tpu', replicas: 1, ...asks('1'), placement: { constraints: ['node.labels.tpu==1'] } },
      ]),
    ).to.match(/none of the workers of group tpu, as no node meets node\.labels\.tpu==1$/);
  });

  it('is lacking if each group would fit only alone', () => {
    expect(
      decided([
        { name: 'a', replicas: 2, ...asks('2') },
        { name: 'b', replicas: 3, ...asks('2') },
      ]),
    ).to.match(/room for each group of workers, not for all of them and the launcher$/);
  });
});
