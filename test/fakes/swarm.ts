import { LABEL } from '../../controller/core/model/names.js';
import type { NetworkSpec, ServiceSpec } from '../../controller/core/model/specs.js';
import type { Labels, Reservation, Seen, SwarmWorld } from '../../controller/core/model/world.js';
import { PortError } from '../../controller/ports/errors.js';
import type { OutputChunk } from '../../controller/ports/output-store.js';
import type { Swarm } from '../../controller/ports/swarm.js';
import { constraintsOf, type FakeCluster, type StoredObject } from './cluster.js';
import type { Effects } from './effects.js';

/** The `Swarm` port of a {@link FakeCluster}. */
export class FakeSwarm implements Swarm {
  /** Why the engine does not answer; undefined when it does. */
  unreachable: string | undefined;

  constructor(
    readonly cluster: FakeCluster,
    private readonly effects: Effects,
  ) {}

  async observe(): Promise<Seen<SwarmWorld>> {
    if (this.unreachable !== undefined) return { ok: false, error: this.unreachable };
    const { nodes, networks, services, tasks, secrets, configs, packages, zooKeeperNetworks } = this.cluster;
    const ours = services.filter(({ spec }) => isOurs(spec.labels));
    const foreign = new Set(services.filter(one => !ours.includes(one)).map(({ id }) => id));
    const view = ({ id, name, labels }: StoredObject) => ({ id, name, labels });
    const world: SwarmWorld = {
      // What was read stays as it was, whatever happens later: only nodes and tasks change in place
      nodes: nodes.map(node => ({ ...node })),
      networks: [...networks],
      services: ours.map(({ id, spec }) => ({
        ...{ id, name: spec.name, labels: spec.labels, image: spec.image },
        ...(constraintsOf(spec).length > 0 ? { constraints: constraintsOf(spec) } : {}),
        ...(spec.mode.kind === 'replicated' ? { replicas: spec.mode.replicas } : {}),
      })),
      // Tasks of services that are gone included, as the engine's list has them
      tasks: tasks.filter(task => !foreign.has(task.service)).map(task => ({ ...task })),
      secrets: secrets.filter(({ labels }) => isOurs(labels)).map(view),
      configs: configs.filter(({ labels }) => isOurs(labels)).map(view),
      packages: [...packages],
      ...(zooKeeperNetworks ? { zooKeeperNetworks: [...zooKeeperNetworks] } : {}),
    };
    return { ok: true, value: world };
  }

  async reservations(): Promise<Seen<readonly Reservation[]>> {
    if (this.unreachable !== undefined) return { ok: false, error: this.unreachable };
    const { services, tasks, networks, packages, zooKeeperNetworks = [] } = this.cluster;
    const foreign = services.filter(({ spec }) => !isOurs(spec.labels)).map(({ id }) => id);
    const theirs = tasks.flatMap(({ service, node = '', reserved, desired, addresses }) => {
      const on = Object.keys(addresses);
      if (!foreign.includes(service) || desired !== 'running' || !(on.length > 0 || (node && reserved)))
        return [];
      return [
        { node, ...(node && reserved ? reserved : NOTHING), ...(on.length > 0 ? { networks: on } : {}) },
      ];
    });
    // Containers without a service, ours too
    const attached = [...zooKeeperNetworks, ...packages.flatMap(one => one.networks)].flatMap(name => {
      const id = networks.find(one => one.name === name)?.id;
      return id === undefined ? [] : [{ node: '', ...NOTHING, networks: [id] }];
    });
    return { ok: true, value: [...theirs, ...attached] };
  }

  createNetwork(spec: NetworkSpec): Promise<void> {
    return this.#do('create network', spec.name, cluster => cluster.createNetwork(spec));
  }

  createSecret(name: string, content: string, labels: Labels): Promise<void> {
    return this.#do('create secret', name, cluster => cluster.createObject('secrets', name, content, labels));
  }

  createConfig(name: string, content: string, labels: Labels): Promise<void> {
    return this.#do('create config', name, cluster => cluster.createObject('configs', name, content, labels));
  }

  createService(spec: ServiceSpec): Promise<void> {
    return this.#do('create service', spec.name, cluster => cluster.createService(spec));
  }

  removeService(id: string): Promise<void> {
    return this.#do('remove service', id, cluster => cluster.removeService(id));
  }

  removeSecret(id: string): Promise<void> {
    return this.#do('remove secret', id, cluster => cluster.removeObject('secrets', id));
  }

  removeConfig(id: string): Promise<void> {
    return this.#do('remove config', id, cluster => cluster.removeObject('configs', id));
  }

  removeNetwork(id: string): Promise<void> {
    return this.#do('remove network', id, cluster => cluster.removeNetwork(id));
  }

  attachZooKeeper(network: string): Promise<void> {
    return this.#do('attach zookeeper', network, ({ zooKeeperNetworks }) => {
      if (!zooKeeperNetworks?.includes(network)) zooKeeperNetworks?.push(network);
    });
  }

  async *output(serviceId: string): AsyncIterable<OutputChunk> {
    if (this.unreachable !== undefined) throw new PortError('retry', `read output: ${this.unreachable}`);
    const service = this.cluster.services.find(one => one.id === serviceId);
    if (!service) throw new PortError('retry', `read output of service ${serviceId}: 404 not found`);
    yield* service.output;
  }

  onChange(): void {}

  async close(): Promise<void> {}

  #do(verb: string, what: string, effect: (cluster: FakeCluster) => unknown): Promise<void> {
    return this.effects.run(verb, () => {
      if (this.unreachable !== undefined)
        throw new PortError('retry', `${verb} ${what}: ${this.unreachable}`);
      effect(this.cluster);
    });
  }
}

function isOurs(labels: Labels): boolean {
  return labels[LABEL.part] !== undefined;
}

const NOTHING = { nanoCpus: 0, memoryBytes: 0 } as const;
