import { expect } from 'chai';
import type { Facts } from '../../../controller/core/ladder/facts.js';
import { LADDER, type Rung } from '../../../controller/core/model/phase.js';
import type { RunWorld, SwarmWorld, TaskView } from '../../../controller/core/model/world.js';
import { bare, factsOf, record, registration, type ViewChanges, view } from '../build.js';

interface Row {
  readonly rung: Rung;
  readonly reason: string;
  readonly says: RegExp;
  readonly when: ViewChanges;
}

const network = (change: object) => (world: SwarmWorld) => ({
  ...world,
  networks: world.networks.map(one => ({ ...one, ...change })),
});

const tasks = (id: string, change: Partial<TaskView>) => (world: SwarmWorld) => ({
  ...world,
  tasks: world.tasks.map(one => (one.id === id ? { ...one, ...change } : one)),
});

const agent = (change: Partial<TaskView>) => (world: SwarmWorld) => tasks('agent', change)(bare(world));

const lostNode = (world: SwarmWorld): SwarmWorld => ({
  ...world,
  nodes: world.nodes.map(node => ({ ...node, usable: false, reachable: false })),
});
const launcher = (change: object) => (znodes: RunWorld) =>
  znodes.launcher ? { ...znodes, launcher: { ...znodes.launcher, ...change } } : znodes;

const TABLE: readonly Row[] = [
  {
    rung: 'imaged',
    reason: 'ImageResolving',
    says: /looking for image ring:1/,
    when: { swarm: bare, image: { state: 'unknown' } },
  },
  {
    rung: 'imaged',
    reason: 'ImagePulling',
    says: /pulling image ring:1: Downloading 3 MB/,
    when: { swarm: bare, image: { state: 'resolving', since: 0, progress: 'Downloading 3 MB' } },
  },
  {
    rung: 'imaged',
    reason: 'ImageUnavailable',
    says: /image ring:1: manifest unknown$/,
    when: { swarm: bare, image: { state: 'unavailable', error: 'manifest unknown', tries: 3, retryAt: 0 } },
  },
  {
    rung: 'imaged',
    reason: 'AgentInstalling',
    says: /not installed/,
    when: { swarm: world => ({ ...bare(world), services: [] }) },
  },
  {
    rung: 'imaged',
    reason: 'AgentInstalling',
    says: /agent on node n1: preparing/,
    when: { swarm: agent({ state: 'preparing' }) },
  },
  {
    rung: 'imaged',
    reason: 'AgentUnavailable',
    says: /agent on node n1: No such image/,
    when: { swarm: agent({ state: 'rejected', error: 'No such image' }) },
  },
  {
    rung: 'imaged',
    reason: 'NoUsableNode',
    says: /no node is ready and active that meets node.labels.gpu==yes/,
    when: {
      swarm: bare,
      record: record({ workers: { placement: { constraints: ['node.labels.gpu==yes'] } } }),
    },
  },
  {
    rung: 'imaged',
    reason: 'NoUsableNode',
    says: /^no node is ready and active$/,
    when: {
      swarm: world => ({ ...bare(world), nodes: world.nodes.map(node => ({ ...node, usable: false })) }),
    },
  },
  {
    rung: 'networked',
    reason: 'NetworkMissing',
    says: /mesos-overlay does not exist/,
    when: { swarm: world => ({ ...world, networks: [] }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkMismatch',
    says: /driver bridge, expected overlay/,
    when: { swarm: network({ driver: 'bridge' }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkMismatch',
    says: /scope local, expected swarm/,
    when: { swarm: network({ scope: 'local' }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkMismatch',
    says: /attachable false, expected true/,
    when: { swarm: network({ attachable: false }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkMismatch',
    says: /encrypted true, expected false/,
    when: { swarm: network({ encrypted: true }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkMismatch',
    says: /subnet 10.0.1.0\/24, expected 10.9.0.0\/16/,
    when: { record: record({ network: { subnet: '10.9.0.0/16' } }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkAllocating',
    says: /has not allocated .* mesos-overlay yet.* overlap/,
    when: { swarm: network({ driver: '' }) },
  },
  {
    rung: 'networked',
    reason: 'NetworkAllocating',
    says: /no subnet yet/,
    when: { swarm: network({ subnets: [] }) },
  },
  {
    rung: 'networked',
    reason: 'ZooKeeperDetached',
    says: /not attached to network mesos-overlay/,
    when: { swarm: world => ({ ...world, zooKeeperNetworks: [] }) },
  },
  { rung: 'ssh-ready', reason: 'ContainersMissing', says: /not created/, when: { swarm: bare } },
  {
    rung: 'ssh-ready',
    reason: 'TaskMissing',
    says: /worker 1: Swarm has made no task yet/,
    when: { swarm: world => ({ ...world, tasks: world.tasks.filter(one => one.id !== 'worker-1') }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'ContainerNotRunning',
    says: /launcher: starting/,
    when: { swarm: tasks('launcher', { state: 'starting' }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'Unschedulable',
    says: /worker 0: no suitable node/,
    when: { swarm: tasks('worker-0', { state: 'pending', error: 'no suitable node' }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'ImageUnavailable',
    says: /worker 0: No such image: ring/,
    when: { swarm: tasks('worker-0', { state: 'rejected', error: 'No such image: ring' }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'NodeUnreachable',
    says: /launcher: its node n1 is not reachable/,
    when: { swarm: lostNode },
  },
  {
    rung: 'ssh-ready',
    reason: 'SSHUnproven',
    says: /worker 1: its agent has not reported/,
    when: { znodes: znodes => ({ ...znodes, registrations: [registration(0)] }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'SSHUnproven',
    says: /launcher's agent has not reported/,
    when: { znodes: launcher({ task: 'an older one' }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'SSHUnproven',
    says: /worker 0: SSH to 10.0.1.11 not tried/,
    when: { znodes: launcher({ ssh: {} }) },
  },
  {
    rung: 'ssh-ready',
    reason: 'SSHUnproven',
    says: /^worker 0: SSH to 10.0.1.11 not tried/,
    when: {
      znodes: launcher({
        ssh: {
          '0': { ok: true, address: '10.0.1.11', task: 'an older one' },
          '1': { ok: true, address: '10.0.1.12', task: 'worker-1' },
        },
      }),
    },
  },
  {
    rung: 'ssh-ready',
    reason: 'SSHFailed',
    says: /worker 0: connection refused by 10.0.1.11:2022 \(12 tries\)/,
    when: {
      znodes: launcher({
        ssh: {
          '0': {
            ok: false,
            address: '10.0.1.11',
            task: 'worker-0',
            error: 'connection refused by 10.0.1.11:2022',
            tries: 12,
          },
        },
      }),
    },
  },
  {
    rung: 'registered',
    reason: 'NotRegistered',
    says: /worker 1 is not registered/,
    when: { znodes: znodes => ({ ...znodes, registrations: [registration(0)] }) },
  },
  {
    rung: 'registered',
    reason: 'StaleRegistration',
    says: /worker 0 is registered by a container that was replaced/,
    when: { swarm: tasks('worker-0', { id: 'its successor' }) },
  },
  {
    rung: 'registered',
    reason: 'AddressMismatch',
    says: /worker 0 registered 10.0.1.11, Swarm gave it 10.0.1.99/,
    when: { swarm: tasks('worker-0', { addresses: { net: '10.0.1.99' } }) },
  },
  {
    rung: 'registered',
    reason: 'UnexpectedWorker',
    says: /unexpected worker 2 registered/,
    when: { znodes: znodes => ({ ...znodes, registrations: [0, 1, 2].map(registration) }) },
  },
  {
    rung: 'hostfile-written',
    reason: 'HostfilePending',
    says: /is not written/,
    when: { znodes: launcher({ hostfile: undefined }) },
  },
  {
    rung: 'hostfile-written',
    reason: 'HostfilePending',
    says: /does not match the registrations/,
    when: { znodes: launcher({ hostfile: '10.0.1.11 slots=1\n' }) },
  },
  {
    rung: 'hostfile-written',
    reason: 'HostfilePending',
    says: /is not written/,
    when: { znodes: launcher({ task: 'an older one' }) },
  },
];

function open(f: Facts): readonly Rung[] {
  return LADDER.map(({ phase }) => phase).filter(rung => f.reasons[rung].length > 0);
}

describe('facts', () => {
  it('hold on every rung when everything is as it should be', () => {
    const f = factsOf(view());
    expect(open(f)).to.deep.equal([]);
    expect(f).to.deep.include({ started: false });
    expect(f.fault).to.equal(undefined);
  });

  for (const { rung, reason, says, when } of TABLE) {
    it(`${rung} does not hold: ${reason}, ${says.source.replaceAll('\\', '')}`, () => {
      const reasons = factsOf(view(when)).reasons[rung];
      expect(reasons[0]?.reason).to.equal(reason);
      expect(reasons[0]?.message).to.match(says);
    });
  }

  it('count the image as resolved once a service names its digest', () => {
    expect(factsOf(view({ image: { state: 'unknown' } })).reasons.imaged).to.deep.equal([]);
  });

  it("do not ask for ZooKeeper's address when it is not embedded", () => {
    const swarm = ({ zooKeeperNetworks, ...world }: SwarmWorld): SwarmWorld => world;
    expect(factsOf(view({ swarm })).reasons.networked).to.deep.equal([]);
  });

  it('say that the run has started once the launcher has claimed it', () => {
    const claim = { task: 'launcher', workers: [], nonce: 'n', startedAt: 1 };
    expect(factsOf(view({ znodes: znodes => ({ ...znodes, claim }) })).started).to.equal(true);
  });

  it('remember the start when the znodes are gone', () => {
    const of = record();
    const runs = of.status.runs.map(run => ({ ...run, startedAt: 1 }));
    const started = { ...of, status: { ...of.status, runs } };
    expect(factsOf(view({ record: started, znodes: () => undefined })).started).to.equal(true);
  });

  it('name what a container lacks, the launcher first', () => {
    const worker = (znodes: RunWorld) => ({
      ...znodes,
      registrations: [registration(0), { ...registration(1), fault: 'no sshd' }],
    });
    expect(factsOf(view({ znodes: worker })).fault).to.deep.equal({
      reason: 'WorkerFault',
      message: 'worker 1: no sshd',
    });
    const both = (znodes: RunWorld) => launcher({ fault: 'no mpirun' })(worker(znodes));
    expect(factsOf(view({ znodes: both })).fault).to.deep.equal({
      reason: 'LauncherFault',
      message: 'launcher: no mpirun',
    });
  });
});
