import { expect } from 'chai';
import { LABEL } from '../../../controller/core/model/names.js';
import type { ServiceSpec } from '../../../controller/core/model/specs.js';
import {
  type Amounts,
  isTerminal,
  type SwarmWorld,
  type TaskView,
} from '../../../controller/core/model/world.js';
import { PortError } from '../../../controller/ports/errors.js';
import type { Swarm } from '../../../controller/ports/swarm.js';

/** What the suite needs of a world beside its port. */
export interface SwarmWorldUnderTest {
  readonly swarm: Swarm;
  /** A port to an engine that does not answer. */
  readonly unreachable: Swarm;
  /** An image with a shell. */
  readonly image: string;
  /** An image that no engine and no registry has. */
  readonly missingImage: string;
  /** Makes time pass, in small pieces, until the condition holds; fails when it never does. */
  readonly until: (what: string, condition: () => Promise<boolean>) => Promise<void>;
  /** Whoever made it. Fails while a container is on it. */
  readonly removeNetwork: (name: string) => Promise<void>;
  /** Makes something of the same kind that does not carry our labels. */
  readonly foreign: (name: string) => Promise<void>;
  /** Runs one container that does not carry our labels and reserves so much; the function returned removes it. */
  readonly foreignService: (
    name: string,
    reserves: Amounts,
    networks?: readonly string[],
  ) => Promise<() => Promise<void>>;
  /** Where containers are not real: the script's container says this and ends so. */
  readonly play?: (
    service: string,
    said: { readonly out: string; readonly err: string; readonly code: number },
  ) => void;
}

/** Names must not meet those of an earlier run of the suite on the same engine. */
const CHANCE = Math.floor(Math.random() * 2 ** 32);
const SUFFIX = CHANCE.toString(16);
/** Nor may its subnet meet that of a run that was killed. */
const PREFIX = `10.213.${CHANCE % 256}.`;
const name = (what: string): string => `contract-${SUFFIX}-${what}`;
const LABELS = { [LABEL.part]: 'run', [LABEL.run]: name('run') };
const NETWORK = name('net');
/** It waits for an address, runs, or has ended. */
const isAtRest = (task: TaskView): boolean =>
  ['new', 'preparing', 'running'].includes(task.state) || isTerminal(task);
const NOTHING: Amounts = { nanoCpus: 0, memoryBytes: 0 };

/** The `Swarm` port's contract: holds for Docker as for the fake that the other tests rely on. */
export function swarmContract(title: string, world: () => Promise<SwarmWorldUnderTest>): void {
  describe(`the Swarm port, ${title}`, () => {
    let under: SwarmWorldUnderTest;

    before(async () => {
      under = await world();
    });

    after(async () => {
      await removeAll(under.swarm);
      await under.until('the network is removed', () =>
        under.removeNetwork(NETWORK).then(
          () => true,
          () => false,
        ),
      );
      await under.swarm.close();
      await under.unreachable.close();
    });

    async function look(): Promise<SwarmWorld> {
      const seen = await under.swarm.observe();
      if (!seen.ok) throw new Error(seen.error);
      return seen.value;
    }

    async function tasksOf(service: string): Promise<readonly TaskView[]> {
      const { services, tasks } = await look();
      const id = services.find(one => one.name === service)?.id;
      return tasks.filter(task => task.service === id);
    }

    function untilTasks(
      service: string,
      what: string,
      holds: (tasks: readonly TaskView[]) => boolean,
    ): Promise<void> {
      return under.until(`${service}: ${what}`, async () => holds(await tasksOf(service)));
    }

    const spec = (what: string, script: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
      name: name(what),
      labels: LABELS,
      image: under.image,
      withRegistryAuth: false,
      command: ['/bin/sh', '-c', script],
      env: {},
      mode: { kind: 'replicated', replicas: 1 },
      restart: 'none',
      networks: [NETWORK],
      mounts: [],
      secrets: [],
      configs: [],
      constraints: [],
      spread: [],
      resources: {},
      stopGraceMs: 1_000,
      ...more,
    });

    it('lists nodes, the manager among them', async () => {
      const { nodes } = await look();
      expect(nodes.filter(node => node.role === 'manager' && node.usable)).to.not.have.length(0);
      expect(nodes[0]).to.include.keys('id', 'hostname', 'address', 'labels');
    });

    it('makes an overlay network, attachable and with a subnet, and making it again is success', async () => {
      const network = {
        name: NETWORK,
        encrypted: false,
        subnet: `${PREFIX}0/24`,
        labels: { [LABEL.part]: 'network' },
      };
      await under.swarm.createNetwork(network);
      await under.swarm.createNetwork(network);
      const networks = async () => (await look()).networks.filter(one => one.name === NETWORK);
      await under.until('the network is allocated', async () => (await networks())[0]?.driver !== '');
      const found = await networks();
      expect(found).to.have.length(1);
      const expected = { driver: 'overlay', scope: 'swarm', attachable: true, encrypted: false };
      expect(found[0]).to.include(expected);
      expect(found[0]?.subnets).to.deep.equal([`${PREFIX}0/24`]);
      expect(found[0]?.labels).to.deep.equal(network.labels);
    });

    it('makes secrets and configs with their labels, and making them again is success', async () => {
      for (const content of ['first', 'second']) {
        await under.swarm.createSecret(name('secret'), content, LABELS);
        await under.swarm.createConfig(name('config'), content, LABELS);
      }
      const { secrets, configs } = await look();
      expect(secrets.filter(one => one.name === name('secret')).map(one => one.labels)).to.deep.equal([
        LABELS,
      ]);
      expect(configs.filter(one => one.name === name('config')).map(one => one.labels)).to.deep.equal([
        LABELS,
      ]);
    });

    it('makes a service whose tasks run, one a slot, each with its own address on the network', async () => {
      const service = spec('workers', 'exec sleep 600', {
        mode: { kind: 'replicated', replicas: 2 },
        restart: 'any',
        constraints: ['node.role!=nobody'],
        nodes: { notNodes: ['nowhere'] },
        secrets: [{ name: name('secret'), target: '/run/secrets/s' }],
        configs: [{ name: name('config'), target: '/etc/c' }],
        mounts: [{ type: 'tmpfs', target: '/run/t', sizeBytes: 1_048_576, mode: 0o1777 }],
      });
      await under.swarm.createService(service);
      await under.swarm.createService(service);
      const { services } = await look();
      const found = services.filter(one => one.name === service.name);
      expect(found).to.have.length(1);
      const constraints = ['node.role!=nobody', 'node.id!=nowhere'];
      expect(found[0]).to.deep.include({ labels: LABELS, image: under.image, constraints });
      await untilTasks(
        service.name,
        'run',
        tasks => tasks.filter(task => task.state === 'running').length === 2,
      );
      const tasks = (await tasksOf(service.name)).filter(task => task.state === 'running');
      expect(tasks.map(task => task.slot).sort()).to.deep.equal([1, 2]);
      const network = (await look()).networks.find(one => one.name === NETWORK);
      const addresses = tasks.map(task => task.addresses[network?.id ?? '']);
      expect(new Set(addresses).size).to.equal(2);
      for (const address of addresses) expect(address?.startsWith(PREFIX), address).to.equal(true);
      for (const task of tasks) {
        expect(task).to.include({ desired: 'running' });
        expect(task.exitCode).to.equal(undefined);
        expect(task.createdAt).to.be.greaterThan(1_600_000_000_000);
      }
    });

    it('does not remove a secret or a config that a service uses', async () => {
      const { secrets, configs } = await look();
      const secret = secrets.find(one => one.name === name('secret'));
      const config = configs.find(one => one.name === name('config'));
      expect(await failure(() => under.swarm.removeSecret(secret?.id ?? ''))).to.contain('in use');
      expect(await failure(() => under.swarm.removeConfig(config?.id ?? ''))).to.contain('in use');
      expect((await look()).secrets.map(one => one.name)).to.include(name('secret'));
    });

    it('tells how a container ended, and what it wrote to which stream', async () => {
      const service = spec('seven', 'echo to out; echo to err >&2; exit 7');
      await under.swarm.createService(service);
      await untilTasks(service.name, 'started', tasks => tasks.some(task => !BEFORE.has(task.state)));
      under.play?.(service.name, { out: 'to out\n', err: 'to err\n', code: 7 });
      await untilTasks(service.name, 'failed', tasks => tasks.some(task => task.state === 'failed'));
      const [task] = await tasksOf(service.name);
      expect(task).to.include({ exitCode: 7, slot: 1 });
      expect(task?.error).to.contain('non-zero exit (7)');
      expect(await tasksOf(service.name)).to.have.length(1);
      const id = (await look()).services.find(one => one.name === service.name)?.id ?? '';
      const chunks = await all(under.swarm.output(id));
      const text = (stream: string) =>
        chunks
          .filter(chunk => chunk.stream === stream)
          .map(chunk => new TextDecoder().decode(chunk.data))
          .join('');
      expect(text('stdout')).to.equal('to out\n');
      expect(text('stderr')).to.equal('to err\n');
    });

    it('tells of a container that ended well', async () => {
      const service = spec('zero', 'exit 0');
      await under.swarm.createService(service);
      await untilTasks(service.name, 'started', tasks => tasks.some(task => !BEFORE.has(task.state)));
      under.play?.(service.name, { out: '', err: '', code: 0 });
      await untilTasks(service.name, 'complete', tasks => tasks.some(task => task.state === 'complete'));
      expect((await tasksOf(service.name))[0]).to.include({ exitCode: 0 });
    });

    it('runs a global service to its end once on every node', async () => {
      const service = spec('global', 'exit 0', {
        mode: { kind: 'global' },
        restart: 'on-failure',
        networks: [],
      });
      await under.swarm.createService(service);
      const nodes = (await look()).nodes.length;
      await untilTasks(
        service.name,
        'complete',
        tasks => tasks.filter(task => task.state === 'complete').length === nodes,
      );
      const tasks = await tasksOf(service.name);
      expect(new Set(tasks.map(task => task.node)).size).to.equal(nodes);
      for (const task of tasks) expect(task.slot).to.equal(0);
    });

    it("says, in the engine's words, why a task is not placed", async () => {
      const service = spec('nowhere', 'exit 0', { constraints: ['node.labels.no-such==label'] });
      await under.swarm.createService(service);
      await untilTasks(service.name, 'has a reason', tasks => tasks[0]?.error !== undefined);
      const [task] = await tasksOf(service.name);
      expect(task).to.include({ state: 'pending' });
      expect(task?.error).to.contain('no suitable node');
    });

    it("says, in the engine's words, that an image is not there", async () => {
      const service = spec('missing', 'exit 0', { image: under.missingImage });
      await under.swarm.createService(service);
      await untilTasks(service.name, 'rejected', tasks => tasks.some(task => task.state === 'rejected'));
      expect((await tasksOf(service.name))[0]?.error).to.match(/no such image/i);
    });

    it('does not show what is not ours', async () => {
      await under.foreign(name('foreign'));
      const { services, secrets, configs } = await look();
      const names = [...services, ...secrets, ...configs].map(one => one.name);
      expect(names).to.not.include(name('foreign'));
    });

    it('leaves a thing alone that has the name that is asked for and is not ours, and says so', async () => {
      await under.foreign(name('taken'));
      const words = await failure(() => under.swarm.createSecret(name('taken'), 'x', LABELS));
      expect(words).to.contain(name('taken')).and.contain('not ours');
    });

    it('says what a node has, what a container of ours reserves, and what those of others reserve', async () => {
      const room = { requestNanoCpus: 10_000_000, requestMemoryBytes: 7_000_000 };
      await under.swarm.createService(spec('reserving', 'sleep 60', { resources: room }));
      const remove = await under.foreignService(name('other'), {
        nanoCpus: 20_000_000,
        memoryBytes: 8_000_000,
      });
      await untilTasks(name('reserving'), 'has a node', tasks => tasks.some(task => task.node !== undefined));
      const others = async () => {
        const seen = await under.swarm.reservations();
        if (!seen.ok) throw new Error(seen.error);
        return seen.value;
      };
      await under.until('the reservation of others is seen', async () => (await others()).length > 0);
      const [task] = await tasksOf(name('reserving'));
      expect(task?.reserved).to.deep.equal({ nanoCpus: 10_000_000, memoryBytes: 7_000_000 });
      const { nodes } = await look();
      expect(nodes[0]?.capacity?.nanoCpus).to.be.at.least(1_000_000_000);
      expect(nodes[0]?.capacity?.memoryBytes).to.be.at.least(2 ** 28);
      const ids = nodes.map(({ id }) => id);
      const [other, ...more] = await others();
      expect(more, 'ours are not among them').to.deep.equal([]);
      expect(other).to.include({ nanoCpus: 20_000_000, memoryBytes: 8_000_000 });
      expect(ids).to.include(other?.node);
      await remove();
      await under.until('the reservation of others is gone', async () => (await others()).length === 0);
      expect((await under.unreachable.reservations()).ok).to.equal(false);
    });

    it('says how many addresses a network has and which others take, and gives out no more', async () => {
      const narrow = name('narrow');
      const subnet = `10.214.${CHANCE % 256}.0/29`;
      await under.swarm.createNetwork({ name: narrow, encrypted: false, subnet, labels: LABELS });
      const network = async () => (await look()).networks.find(one => one.name === narrow);
      await under.until('the network is allocated', async () => (await network())?.addresses !== undefined);
      const { id = '', addresses } = (await network()) ?? {};
      expect(addresses).to.equal(5);
      // One is each node's, and nodes get theirs last
      const room = 5 - (await look()).nodes.length;
      const replicated = (replicas: number): Partial<ServiceSpec> => ({
        mode: { kind: 'replicated', replicas },
        networks: [narrow],
      });
      const fitting = spec('fitting', 'sleep 60', replicated(room));
      await under.swarm.createService(fitting);
      const all = (state: string) => (tasks: readonly TaskView[]) =>
        tasks.length === room &&
        tasks.every(task => task.state === state && task.addresses[id] !== undefined);
      await untilTasks(fitting.name, 'all run that have room', all('running'));
      const surplus = spec('surplus', 'sleep 60', replicated(8));
      await under.swarm.createService(surplus);
      await untilTasks(surplus.name, 'are made', tasks => tasks.length === 8);
      await untilTasks(surplus.name, 'none of them moves', tasks => tasks.every(isAtRest));
      const waiting = (await tasksOf(surplus.name)).filter(task => task.addresses[id] === undefined);
      // Those of nodes that have no container here may be given away
      expect(waiting.length).to.be.at.least(8 - (5 - room));
      for (const { state, error } of waiting) expect([state, error]).to.deep.equal(['new', undefined]);
      for (const { name: service, id: of } of (await look()).services)
        if (service === fitting.name || service === surplus.name) await under.swarm.removeService(of);
      const others = async (): Promise<number> => {
        const seen = await under.swarm.reservations();
        return seen.ok ? seen.value.filter(({ networks }) => networks?.includes(id)).length : 0;
      };
      expect(await others(), 'ours are not among them').to.equal(0);
      await under.until('all are gone', async () =>
        (await look()).tasks.every(task => task.addresses[id] === undefined || isTerminal(task)),
      );
      const remove = await under.foreignService(name('neighbour'), NOTHING, [narrow]);
      await under.until('the address of others is seen', async () => (await others()) > 0);
      await remove();
      await under.until('the address of others is gone', async () => (await others()) === 0);
      await under.until('the network is removed', () =>
        under.removeNetwork(narrow).then(
          () => true,
          () => false,
        ),
      );
    });

    it('removes a service with its tasks, then what it used, and removing again is success', async () => {
      const { services, secrets, configs } = await look();
      const ours = (one: { readonly name: string }) => one.name.startsWith(name(''));
      for (const round of [1, 2]) {
        for (const { id } of services.filter(ours)) await under.swarm.removeService(id);
        for (const { id } of secrets.filter(ours)) await under.swarm.removeSecret(id);
        for (const { id } of configs.filter(ours)) await under.swarm.removeConfig(id);
        const left = await look();
        expect(
          [...left.services, ...left.secrets, ...left.configs].filter(ours),
          `round ${round}`,
        ).to.deep.equal([]);
      }
      const gone = new Set(services.filter(ours).map(({ id }) => id));
      // Docker keeps the ended tasks of a global job for ever
      const isLeft = (task: TaskView) => task.slot > 0 && gone.has(task.service);
      await under.until('tasks are gone', async () => !(await look()).tasks.some(isLeft));
    });

    it('removes a network only when no service and no container that still runs is on it', async () => {
      const own = name('own-net');
      await under.swarm.createNetwork({
        name: own,
        encrypted: false,
        subnet: `10.214.${CHANCE % 256}.0/24`,
        labels: { [LABEL.part]: 'network' },
      });
      // Until it is killed, as it does not heed SIGTERM
      const slow = spec('slow', "trap '' TERM; while true; do sleep 1; done", {
        ...{ networks: [own], stopGraceMs: 5_000 },
      });
      await under.until('the network is there for services', () =>
        under.swarm.createService(slow).then(
          () => true,
          () => false,
        ),
      );
      await untilTasks(slow.name, 'run', tasks => tasks.some(task => task.state === 'running'));
      const network = (await look()).networks.find(one => one.name === own)?.id ?? '';
      const refused = () => failure(() => under.swarm.removeNetwork(network));
      expect(await refused()).to.contain(`is in use by service ${slow.name}`);
      const service = (await look()).services.find(one => one.name === slow.name)?.id ?? '';
      await under.swarm.removeService(service);
      expect((await look()).services.map(one => one.name)).to.not.include(slow.name);
      expect(await refused()).to.contain('is in use by task');
      await under.until('the network is removed', () =>
        under.swarm.removeNetwork(network).then(
          () => true,
          () => false,
        ),
      );
      await under.swarm.removeNetwork(network);
      const ended = (await look()).tasks.filter(task => task.service === service && !isTerminal(task));
      expect(ended, 'no container was on it any more').to.deep.equal([]);
      await under.until('the engine has forgotten it', async () =>
        (await look()).networks.every(one => one.name !== own),
      );
    });

    it('fails as a port does when the output of a service that is gone is asked for', async () => {
      expect(await failure(() => all(under.swarm.output('0123456789abcdefghijklmno')))).to.match(/not found/);
    });

    it('reports an error when the engine does not answer', async () => {
      const seen = await under.unreachable.observe();
      expect(seen.ok).to.equal(false);
      expect(!seen.ok && seen.error).to.not.equal('');
      expect(await failure(() => under.unreachable.createSecret(name('x'), 'x', LABELS))).to.contain(
        name('x'),
      );
    });
  });
}

/** States of a container that has not been up yet. */
const BEFORE = new Set([
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
]);

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

/** The message of the {@link PortError} that the call fails with. */
async function failure(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof PortError) return error.message;
    throw error;
  }
  throw new Error('the call did not fail');
}

async function removeAll(swarm: Swarm): Promise<void> {
  const seen = await swarm.observe();
  if (!seen.ok) return;
  const ours = (one: { readonly name: string }) => one.name.startsWith(name(''));
  for (const { id } of seen.value.services.filter(ours)) await swarm.removeService(id);
  for (const { id } of seen.value.secrets.filter(ours)) await swarm.removeSecret(id);
  for (const { id } of seen.value.configs.filter(ours)) await swarm.removeConfig(id);
}
