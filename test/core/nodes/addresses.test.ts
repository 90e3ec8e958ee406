import { expect } from 'chai';
import { admissions } from '../../../controller/core/job/admission.js';
import { newRecord } from '../../../controller/core/job/record.js';
import { runLabels } from '../../../controller/core/model/names.js';
import type { JobRecord } from '../../../controller/core/model/record.js';
import type {
  NetworkView,
  NodeView,
  Reservation,
  SwarmWorld,
  TaskView,
} from '../../../controller/core/model/world.js';
import { afterRun, withRun } from '../../../controller/core/run/next-step.js';
import { INSTALLATION, job, NOW, record, swarmWorld, task } from '../build.js';

type Spec = NonNullable<Parameters<typeof job>[0]>;

/** A job of so many workers and a launcher that was never run; the older, the larger `age`. */
function wants(
  name: string,
  replicas: number,
  { age = 0, ...spec }: Spec & { readonly age?: number } = {},
): JobRecord {
  const manifest = job({ ...spec, workers: { replicas, ...spec.workers } }, name);
  const content = spec.package === undefined ? {} : { package: { sha256: 'a'.repeat(64), bytes: 1 } };
  return newRecord(manifest, `${name}.yaml:1`, { uid: `uid-${name}`, now: NOW - age, ...content });
}

/** The same with a run that is open; so many of its containers have an address. */
function open(of: JobRecord, placed: number): { record: JobRecord; world: Partial<SwarmWorld> } {
  const step = afterRun(of, NOW);
  if (step.kind !== 'start-run') throw new Error('expected a run');
  const { id } = step.run;
  const labels = runLabels(
    { installation: INSTALLATION.id, key: of.key, uid: of.uid, generation: 1, run: id },
    'workers',
  );
  const services = [{ id: `service-${id}`, name: `${id}-workers`, labels, image: '' }];
  const tasks = Array.from({ length: placed }, (_, i) => onNetwork(`${id}-${i}`, `service-${id}`));
  return { record: withRun(of, step.run), world: { services, tasks } };
}

function onNetwork(id: string, service: string): TaskView {
  return { ...task('worker-0', service, 1), id, addresses: { net: '10.0.1.9' } };
}

const NODES: readonly NodeView[] = ['n1', 'n2'].flatMap(hostname =>
  swarmWorld(record())
    .nodes.slice(0, 1)
    .map(node => ({ ...node, id: `id-${hostname}`, hostname })),
);

/** Of 2^(32 - prefix) addresses less three, of which two are the nodes'. */
function network(addresses: number | undefined, change: Partial<NetworkView> = {}): NetworkView {
  const base = {
    id: 'net',
    name: 'mesos-overlay',
    driver: 'overlay',
    scope: 'swarm',
    attachable: true,
    encrypted: false,
  };
  return {
    ...base,
    subnets: ['10.0.1.0/24'],
    labels: {},
    ...(addresses === undefined ? {} : { addresses }),
    ...change,
  };
}

function decided(
  records: readonly JobRecord[],
  {
    addresses,
    world = {},
    others = [],
  }: { addresses?: number; world?: Partial<SwarmWorld>; others?: readonly Reservation[] },
): Readonly<Record<string, string>> {
  const networks = addresses === undefined ? [] : [network(addresses)];
  // ZooKeeper belongs to others
  const { zooKeeperNetworks: _, ...some } = swarmWorld(record());
  const empty = { ...some, nodes: NODES, services: [], tasks: [], networks };
  const all = admissions({
    jobs: records.map(one => ({ record: one, follows: afterRun(one, NOW) })),
    swarm: { ...empty, ...world },
    others,
  });
  return Object.fromEntries(
    [...all].map(([key, one]) => [
      key.replace('default/', ''),
      one.kind === 'waits' ? `${one.reason.reason}: ${one.reason.message}` : 'admitted',
    ]),
  );
}

const address = (node = ''): Reservation => ({ node, nanoCpus: 0, memoryBytes: 0, networks: ['net'] });

describe('the addresses of a network', () => {
  it('suffice for a job to the last one', () => {
    expect(decided([wants('a', 4)], { addresses: 7 })).to.deep.equal({ a: 'admitted' });
  });

  it('are counted one for each container and one for each node, whatever the job asks for', () => {
    expect(decided([wants('a', 4)], { addresses: 6 })['a']).to.equal(
      'AddressesExhausted: needs 5 addresses of network mesos-overlay, which has 4 for containers even when it is empty: ask for fewer workers, or name a larger network in spec.network',
    );
    const shared = { launcher: { mode: 'Worker0' } } as const;
    expect(decided([wants('a', 4, shared)], { addresses: 6 })).to.deep.equal({ a: 'admitted' });
  });

  it('are taken by what containers and services of others have there, and by what we attach', () => {
    const others = [address('node-1'), address(), { ...address(), networks: ['another'] }];
    expect(decided([wants('a', 4)], { addresses: 8, others })['a']).to.equal(
      'AddressesExhausted: needs 5 addresses of network mesos-overlay, and 4 of 6 are free: wait for other jobs on it, or name another network in spec.network',
    );
    for (const zooKeeperNetworks of [[], ['mesos-overlay']]) {
      // Once it is attached the engine lists it among what has no service
      const own = zooKeeperNetworks.map(() => address());
      const at = (addresses: number) =>
        decided([wants('a', 4)], { addresses, world: { zooKeeperNetworks }, others: own });
      expect(at(7)['a']).to.match(/which has 4 for containers/);
      expect(at(8)).to.deep.equal({ a: 'admitted' });
    }
    expect(decided([wants('a', 4, { package: 'app' })], { addresses: 7 })['a']).to.match(
      /^AddressesExhausted: needs 6 /,
    );
  });

  it('are taken by tasks that have them, also of services that are gone, and not by those that ended', () => {
    const tasks = [onNetwork('left', 'gone'), { ...onNetwork('ended', 'gone'), state: 'failed' } as const];
    expect(decided([wants('a', 4)], { addresses: 8, world: { tasks } })).to.deep.equal({ a: 'admitted' });
    expect(decided([wants('a', 5)], { addresses: 8, world: { tasks } })['a']).to.match(/and 5 of 6 are free/);
  });

  it('are kept for an open run that has not got all of its own yet', () => {
    const first = open(wants('first', 4), 2);
    const all = [first.record, wants('a', 4)];
    expect(decided(all, { addresses: 12, world: first.world })).to.deep.equal({ a: 'admitted' });
    expect(decided(all, { addresses: 11, world: first.world })['a']).to.match(/and 4 of 9 are free/);
  });

  it('are never given to two jobs by halves: one is admitted and the other waits for all of its own', () => {
    expect(decided([wants('a', 4, { age: 2 }), wants('b', 4)], { addresses: 9 })).to.deep.equal({
      a: 'admitted',
      b: 'AddressesExhausted: needs 5 addresses of network mesos-overlay, and 2 of 7 are free: wait for other jobs on it, or name another network in spec.network',
    });
  });

  it('are kept for the job that waits first, and smaller ones take only what is left', () => {
    const first = open(wants('first', 4), 5);
    const large = wants('large', 7, { age: 9 });
    const small = wants('small', 1, { age: 1 });
    expect(decided([first.record, large, small], { addresses: 12, world: first.world })).to.deep.equal({
      large:
        'AddressesExhausted: needs 8 addresses of network mesos-overlay, and 5 of 10 are free: wait for other jobs on it, or name another network in spec.network',
      small: 'Queued: queued behind default/large, which waits for addresses of network mesos-overlay',
    });
    expect(
      decided([first.record, wants('large', 17, { age: 9 }), small], { addresses: 12, world: first.world })[
        'small'
      ],
    ).to.equal('admitted');
  });

  it('of a job that waits for cpu only are not kept', () => {
    const greedy = wants('greedy', 1, {
      age: 9,
      workers: { replicas: 1, resources: { requests: { cpu: '3' } } },
    });
    const others = NODES.map(({ id }) => ({ node: id, nanoCpus: 3_000_000_000, memoryBytes: 0 }));
    const nodes = NODES.map(node => ({
      ...node,
      capacity: { nanoCpus: 4_000_000_000, memoryBytes: 2 ** 33 },
    }));
    const both = decided([greedy, wants('a', 4)], { addresses: 7, others, world: { nodes } });
    expect(both['greedy']).to.match(/^InsufficientResources/);
    expect(both['a']).to.equal('admitted');
  });

  it('of another network do not matter', () => {
    const first = open(wants('first', 4), 5);
    const own = { network: { name: 'own', subnet: '10.9.0.0/28' } };
    const all = [first.record, wants('a', 4), wants('b', 4, own)];
    expect(decided(all, { addresses: 7, world: first.world })).to.include({ b: 'admitted' });
  });

  it('are those of the subnet, or of the network that will be made, while there is none', () => {
    const narrow = { network: { subnet: '10.9.0.0/29' } };
    expect(decided([wants('a', 2, narrow)], {})).to.deep.equal({ a: 'admitted' });
    expect(decided([wants('a', 3, narrow)], {})['a']).to.match(/which has 3 for containers/);
    expect(decided([wants('a', 512)], {})).to.deep.equal({ a: 'admitted' });
  });

  it('are no reason to wait where the network cannot be used at all, which another rung says', () => {
    const networks = [network(3, { driver: 'bridge' })];
    expect(decided([wants('a', 4)], { world: { networks } })).to.deep.equal({ a: 'admitted' });
  });
});
