import { addressesOf } from '../../controller/api/types/cidr.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { NetworkSpec, ServiceSpec } from '../../controller/core/model/specs.js';
import {
  type Amounts,
  isTerminal,
  type Labels,
  type NetworkView,
  type NodeView,
  type PackageView,
  type TaskState,
  type TaskView,
} from '../../controller/core/model/world.js';
import { MADE_PREFIX } from '../../controller/core/nodes/addresses.js';
import { choiceConstraints } from '../../controller/core/nodes/assigned.js';
import { meets } from '../../controller/core/nodes/constraints.js';
import { PortError } from '../../controller/ports/errors.js';
import type { OutputChunk } from '../../controller/ports/output-store.js';
import { nextAddress } from './addresses.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface StoredObject {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly content: string;
}

export interface StoredService {
  readonly id: string;
  readonly spec: ServiceSpec;
  readonly output: OutputChunk[];
}

export type FakeTask = Mutable<TaskView>;

/** 4 CPU and 8 GiB. */
const FAKE_NODE = { nanoCpus: 4e9, memoryBytes: 8 * 2 ** 30 };

/** The states a task passes on its way up. */
const UP: readonly TaskState[] = ['new', 'pending', 'preparing', 'running'];

/**
 * A Docker Swarm in memory. Nothing moves by itself: {@link FakeCluster.step} moves every task on by one state. Names
 * are unique, and creating or removing twice is success, as through the real port.
 */
export class FakeCluster {
  readonly nodes: Mutable<NodeView>[] = [];
  readonly networks: NetworkView[] = [];
  readonly services: StoredService[] = [];
  readonly secrets: StoredObject[] = [];
  readonly configs: StoredObject[] = [];
  /** Containers that serve packages. */
  readonly packages: PackageView[] = [];
  tasks: FakeTask[] = [];
  /** Networks of the embedded ZooKeeper; undefined where it is somebody else's. */
  zooKeeperNetworks: string[] | undefined = [];
  /** How many steps the containers of a removed service take to stop; until then they run. */
  stopSteps = 1;
  /** As with a task history of 0: tasks that have ended are not listed. */
  forgetful = false;
  /** Slots that had a task, of services that get no second one. */
  readonly #used = new Set<string>();
  /** In how many steps containers that Swarm has given up are stopped, by task. */
  readonly #stopping = new Map<string, number>();
  /** Services that are removed and whose containers are not. */
  readonly #leaving = new Map<string, { readonly service: StoredService; steps: number }>();
  /** The engine's words on images that a node cannot get. */
  readonly badImages = new Map<string, string>();
  /** By network id: nodes that have an address there for themselves. */
  readonly nodeAddresses = new Map<string, Set<string>>();
  #ids = 0;
  #hosts = 1;

  constructor(private readonly now: () => number) {}

  addNode(hostname: string, labels: Labels = {}, capacity = FAKE_NODE): void {
    const role = this.nodes.length === 0 ? 'manager' : 'worker';
    const address = `192.168.90.${11 + this.nodes.length}`;
    this.nodes.push({
      id: `node-${hostname}`,
      hostname,
      role,
      usable: true,
      reachable: true,
      address,
      labels,
      capacity,
    });
  }

  /**
   * A node that is down keeps its tasks as they were last heard of, and its containers, where it is only cut off. Swarm wants its
   * tasks shut down, also those that it does not restart, and makes others elsewhere.
   */
  nodeDown(hostname: string): void {
    this.disconnect(hostname);
    this.#giveUp(hostname);
  }

  /** Nothing is heard of the node, for less time than Swarm gives it: what is there is not given up. */
  disconnect(hostname: string): void {
    Object.assign(this.#node(hostname), { usable: false, reachable: false });
  }

  /**
   * The node is heard of again; what Swarm gave up meanwhile, or removed, is stopped there.
   * @param crashed its containers were lost with it.
   */
  nodeUp(hostname: string, crashed = false): void {
    const node = this.#node(hostname);
    Object.assign(node, { usable: true, reachable: true });
    if (!crashed) return;
    for (const task of this.tasks)
      if (task.node === node.id && task.slot > 0 && !isTerminal(task)) this.#set(task, 'shutdown');
  }

  /** As `docker node update --availability drain`: Swarm stops what runs there, and makes others elsewhere. */
  drain(hostname: string): void {
    Object.assign(this.#node(hostname), { usable: false, drained: true });
    this.#giveUp(hostname);
  }

  /** As `docker node update --availability active`. */
  activate(hostname: string): void {
    const node = this.#node(hostname);
    node.usable = node.reachable;
    delete node.drained;
  }

  /** As `docker node rm --force`: its tasks are orphaned, whatever becomes of their containers. */
  removeNode(hostname: string): void {
    const node = this.#node(hostname);
    this.nodes.splice(this.nodes.indexOf(node), 1);
    for (const task of this.tasks)
      if (task.node === node.id && !isTerminal(task)) this.#set(task, 'orphaned');
    this.#giveUp(hostname, node.id);
  }

  /** The managers hear of the node on which the task is. */
  isHeardOf({ node }: Pick<TaskView, 'node'>): boolean {
    return node === undefined || this.nodes.find(({ id }) => id === node)?.reachable === true;
  }

  #node(hostname: string): Mutable<NodeView> {
    const node = this.nodes.find(one => one.hostname === hostname);
    if (!node) throw new Error(`no node ${hostname}`);
    return node;
  }

  #giveUp(hostname: string, id = this.#node(hostname).id): void {
    for (const task of this.tasks) {
      if (task.node === id && task.slot > 0 && task.desired !== 'remove') task.desired = 'shutdown';
    }
  }

  /** The service of a task, also when it is removed and the container is about to stop. */
  serviceOf(task: TaskView): StoredService | undefined {
    return this.services.find(one => one.id === task.service) ?? this.#leaving.get(task.service)?.service;
  }

  createNetwork(spec: NetworkSpec): NetworkView {
    const known = this.networks.find(network => network.name === spec.name);
    if (known) return known;
    const subnet = spec.subnet ?? `10.0.${16 * (this.networks.length + 1)}.0/${MADE_PREFIX}`;
    const network: NetworkView = {
      id: this.#id('net'),
      name: spec.name,
      driver: 'overlay',
      scope: 'swarm',
      attachable: true,
      encrypted: spec.encrypted,
      subnets: [subnet],
      addresses: addressesOf(Number(subnet.split('/')[1])),
      labels: spec.labels,
    };
    this.networks.push(network);
    return network;
  }

  /** What may be taken off it is, whatever else is on it keeps it. */
  removeNetwork(id: string): void {
    const network = this.networks.find(one => one.id === id);
    if (!network) return;
    const { name } = network;
    const service = this.services.find(({ spec }) => spec.networks.includes(name));
    const task = this.tasks.find(one => !isTerminal(one) && one.addresses[id] !== undefined);
    const user = service ? `service ${service.spec.name}` : task && `task ${task.id}`;
    if (user !== undefined)
      throw new PortError('retry', `remove network ${id}: ${name} is in use by ${user}`);
    this.networks.splice(this.networks.indexOf(network), 1);
    this.zooKeeperNetworks = this.zooKeeperNetworks?.filter(one => one !== name);
    const off = this.packages.map(one => ({ ...one, networks: one.networks.filter(on => on !== name) }));
    this.packages.splice(0, this.packages.length, ...off);
  }

  createObject(kind: 'secrets' | 'configs', name: string, content: string, labels: Labels): void {
    const known = this[kind].find(object => object.name === name);
    if (known) mustBeOurs(name, labels, known.labels);
    if (known) return;
    this[kind].push({ id: this.#id(kind), name, labels, content });
  }

  removeObject(kind: 'secrets' | 'configs', id: string): void {
    const at = this[kind].findIndex(object => object.id === id);
    const object = this[kind][at];
    if (!object) return;
    const user = this.services.find(service => service.spec[kind].some(ref => ref.name === object.name));
    if (user) {
      const words = `${object.name} is in use by the following service: ${user.spec.name}`;
      throw new PortError('blocked', `remove ${id}: 400 ${words}`);
    }
    this[kind].splice(at, 1);
  }

  createService(spec: ServiceSpec): void {
    const known = this.services.find(service => service.spec.name === spec.name);
    if (known) mustBeOurs(spec.name, spec.labels, known.spec.labels);
    if (known) return;
    const gone = [
      ...spec.secrets.filter(({ name }) => !this.secrets.some(secret => secret.name === name)),
      ...spec.configs.filter(({ name }) => !this.configs.some(config => config.name === name)),
    ][0];
    if (gone) throw new PortError('retry', `create service ${spec.name}: ${gone.name} has not been seen yet`);
    const network = spec.networks.find(name => !this.networks.some(known => known.name === name));
    if (network)
      throw new PortError('retry', `create service ${spec.name}: 404 network ${network} not found`);
    this.services.push({ id: this.#id('service'), spec, output: [] });
  }

  removeService(id: string): void {
    const at = this.services.findIndex(service => service.id === id);
    const [service] = at >= 0 ? this.services.splice(at, 1) : [];
    if (!service) return;
    this.#leaving.set(id, { service, steps: this.stopSteps });
    // Its containers take a moment to stop; the tasks of a global job are never taken from the list
    for (const task of this.tasks) if (task.service === id && task.slot > 0) task.desired = 'remove';
  }

  /** The container ends by itself. */
  end(task: FakeTask, exitCode: number, error?: string): void {
    this.#set(task, exitCode === 0 ? 'complete' : 'failed');
    task.exitCode = exitCode;
    if (exitCode !== 0) task.error = error ?? `task: non-zero exit (${exitCode})`;
    task.desired = 'shutdown';
  }

  /** What a container of the service writes. */
  write(service: string, stream: OutputChunk['stream'], text: string): void {
    const known = this.services.find(one => one.id === service);
    known?.output.push({ stream, data: new TextEncoder().encode(text) });
  }

  /** Makes missing tasks, and moves each on by one state. Returns whether anything moved. */
  step(): boolean {
    let moved = this.#stop();
    for (const service of this.services) moved = this.#fill(service) || moved;
    for (const task of this.tasks) moved = this.#move(task) || moved;
    if (this.forgetful) this.tasks = this.tasks.filter(task => task.slot === 0 || !isTerminal(task));
    return moved;
  }

  /** Steps until nothing moves any more. */
  settle(): void {
    for (let steps = 0; steps < 100; steps += 1) if (!this.step()) return;
    throw new Error('the cluster does not settle');
  }

  #stop(): boolean {
    let moved = false;
    for (const [id, leaving] of this.#leaving) {
      if (leaving.steps > 0) {
        leaving.steps -= 1;
        moved = true;
      }
      if (leaving.steps > 0) continue;
      // Nobody tells a node that is not heard of
      const stays = (task: FakeTask) =>
        task.service !== id || task.desired !== 'remove' || !(this.isHeardOf(task) || isTerminal(task));
      const before = this.tasks.length;
      this.tasks = this.tasks.filter(stays);
      moved = moved || this.tasks.length < before;
      if (!this.tasks.some(task => task.service === id && task.desired === 'remove'))
        this.#leaving.delete(id);
    }
    return this.#shutDown() || moved;
  }

  /** Stops the containers that Swarm has given up and that run. */
  #shutDown(): boolean {
    const given = this.tasks.filter(
      task => task.desired === 'shutdown' && task.slot > 0 && !isTerminal(task) && this.isHeardOf(task),
    );
    for (const task of given) {
      const left = (this.#stopping.get(task.id) ?? this.stopSteps) - 1;
      this.#stopping.set(task.id, left);
      if (left > 0) continue;
      this.#stopping.delete(task.id);
      if (task.state === 'running') task.exitCode = 143;
      this.#set(task, 'shutdown');
    }
    return given.length > 0;
  }

  #fill({ id, spec }: StoredService): boolean {
    const before = this.tasks.length;
    const own = this.tasks.filter(task => task.service === id);
    if (spec.mode.kind === 'global') {
      for (const node of this.nodes) {
        const there = own.some(task => task.node === node.id);
        if (node.usable && !there && meets(node, constraintsOf(spec))) this.#addTask(id, 0, spec, node.id);
      }
      return this.tasks.length > before;
    }
    for (let slot = 1; slot <= spec.mode.replicas; slot += 1) {
      const slots = own.filter(task => task.slot === slot);
      const live = slots.some(task => task.desired !== 'shutdown');
      // Without a restart policy the end of a task is the end of its slot, whether or not the task is still listed
      if (live || (this.#used.has(`${id} ${slot}`) && spec.restart === 'none')) continue;
      this.#used.add(`${id} ${slot}`);
      this.#addTask(id, slot, spec);
    }
    return this.tasks.length > before;
  }

  #addTask(service: string, slot: number, { resources }: ServiceSpec, node?: string): void {
    const now = this.now();
    const desired = slot === 0 ? 'complete' : 'running';
    const base = { id: this.#id('task'), service, slot, desired, addresses: {} } as const;
    const { requestNanoCpus: nanoCpus = 0, requestMemoryBytes: memoryBytes = 0 } = resources;
    const reserved = nanoCpus + memoryBytes > 0 ? { reserved: { nanoCpus, memoryBytes } } : {};
    const times = { createdAt: now, changedAt: now };
    this.tasks.push({ ...base, state: 'new', ...times, ...reserved, ...(node ? { node } : {}) });
  }

  #move(task: FakeTask): boolean {
    const service = this.services.find(one => one.id === task.service);
    if (!service) return false;
    if (task.state === 'running' && task.slot === 0) {
      this.#set(task, 'complete');
      return true;
    }
    const next = UP[UP.indexOf(task.state) + 1];
    if (!UP.includes(task.state) || !next || task.desired === 'shutdown') return false;
    if (task.state === 'new' && !this.#allocate(task, service.spec)) return false;
    if (next === 'running' && !this.#joinNode(task, service.spec)) return false;
    if (task.state === 'pending') return this.#assign(task, service.spec);
    const bad = this.badImages.get(service.spec.image);
    if (next === 'running' && bad !== undefined) {
      this.#set(task, 'rejected');
      Object.assign(task, { error: bad, desired: 'shutdown' });
      return true;
    }
    this.#set(task, next);
    return true;
  }

  #assign(task: FakeTask, spec: ServiceSpec): boolean {
    const taken = (node: NodeView) =>
      this.tasks.filter(t => t.service === task.service && t.node === node.id && t.desired !== 'shutdown')
        .length;
    const fitting = this.nodes
      .filter(node => node.usable && meets(node, constraintsOf(spec)))
      .filter(node => task.node === undefined || task.node === node.id)
      .filter(node => spec.maxPerNode === undefined || taken(node) < spec.maxPerNode)
      .filter(node => this.#hasRoom(node, task.reserved))
      .sort((a, b) => taken(a) - taken(b));
    const [node] = fitting;
    if (!node) {
      const moved = task.error === undefined;
      task.error = `no suitable node (${this.nodes.length} nodes did not meet the requirements)`;
      return moved;
    }
    delete task.error;
    task.node = node.id;
    this.#set(task, 'preparing');
    return true;
  }

  #hasRoom({ id, capacity }: NodeView, wanted: Amounts | undefined): boolean {
    if (!wanted || !capacity) return true;
    const there = this.tasks.flatMap(({ node, reserved, state }) =>
      node === id && reserved && !isTerminal({ state }) ? [reserved] : [],
    );
    return (['nanoCpus', 'memoryBytes'] as const).every(
      what => there.reduce((sum, one) => sum + one[what], wanted[what]) <= capacity[what],
    );
  }

  /**
   * A node needs an address of its own on each network of its tasks, and gets it after them: where they have taken the last ones,
   * none of them ever leaves `preparing`.
   */
  #joinNode({ node = '' }: FakeTask, spec: ServiceSpec): boolean {
    return this.networks
      .filter(network => spec.networks.includes(network.name))
      .every(network => {
        const there = this.nodeAddresses.get(network.id) ?? new Set();
        if (there.has(node)) return true;
        if (nextAddress(network, this.#hosts, this) === undefined) return false;
        this.nodeAddresses.set(network.id, there.add(node));
        return true;
      });
  }

  /** A task stays `new`, without words, until each of its networks has an address for it. */
  #allocate(task: FakeTask, spec: ServiceSpec): boolean {
    const ours = this.networks.filter(network => spec.networks.includes(network.name));
    const found = ours.map(network => [network.id, nextAddress(network, this.#hosts, this)] as const);
    const given = found.flatMap(([id, address]) => (address === undefined ? [] : [[id, address] as const]));
    if (given.length < ours.length) return false;
    this.#hosts += given.length;
    task.addresses = Object.fromEntries(given);
    return true;
  }

  #set(task: FakeTask, state: TaskState): void {
    task.state = state;
    task.changedAt = this.now();
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }
}

export function constraintsOf({ constraints, nodes = {} }: ServiceSpec): readonly string[] {
  return [...constraints, ...choiceConstraints(nodes)];
}

/** What was made by an earlier call stays; somebody else's keeps its name. */
function mustBeOurs(name: string, wanted: Labels, found: Labels): void {
  if (
    [LABEL.part, LABEL.installation, LABEL.run, LABEL.role, LABEL.agent].every(
      key => wanted[key] === found[key],
    )
  )
    return;
  throw new PortError('blocked', `create ${name}: the name is taken by one that is not ours`);
}
