import type Docker from 'dockerode';
import { LABEL, ZOOKEEPER_NAME } from '../../core/model/names.js';
import type { NetworkSpec, ServiceSpec } from '../../core/model/specs.js';
import type { Labels, Reservation, Seen, SwarmWorld } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import type { OutputChunk } from '../../ports/output-store.js';
import type { Swarm } from '../../ports/swarm.js';
import type { Wake } from '../../ports/wake.js';
import { given } from '../../shared/given.js';
import { droppedCapabilities } from '../docker/capabilities.js';
import { call, portError, words } from '../docker/engine.js';
import { watchEvents } from '../docker/events.js';
import { serviceOutput } from '../docker/logs.js';
import { mustBeOurs } from '../docker/owner.js';
import type { RegistryAuth } from '../docker/registry-auth.js';
import {
  foreignReservation,
  networkView,
  nodeView,
  objectView,
  packageView,
  serviceAddresses,
  serviceView,
  taskView,
} from '../docker/views.js';
import { removeNetwork } from './network-removal.js';
import { roomySubnet } from './network-subnet.js';
import { serviceBody } from './service-spec.js';

export interface DockerSwarmOptions {
  /** ZooKeeper is our own container on this engine, and must be attached to each network that a job uses. */
  readonly embeddedZooKeeper: boolean;
  /** Credentials for the registry of an image reference, from the user's Docker configuration. */
  readonly registryAuth: (image: string) => Promise<RegistryAuth>;
  /** Containers of jobs keep the capability AUDIT_WRITE. */
  readonly auditWrite?: boolean;
  /** Called right before a write that had to wait; an error from it ends the call. */
  readonly confirm?: () => void;
}

/** All kinds of tasks; by default the engine leaves out containers that are attached to a network without a service. */
const RUNTIMES = ['container', 'attachment', ''];

/** {@link Swarm} by a manager's Docker Engine. */
export class DockerSwarm implements Swarm {
  readonly #closing = new AbortController();
  #secretIds = new Map<string, string>();
  #configIds = new Map<string, string>();
  #networkMade: Promise<void> = Promise.resolve();

  constructor(
    private readonly docker: Docker,
    private readonly options: DockerSwarmOptions,
  ) {}

  async observe(): Promise<Seen<SwarmWorld>> {
    const ours = { label: [LABEL.part] };
    try {
      const [nodes, networks, services, tasks, secrets, configs, packages, zooKeeper] = await Promise.all([
        this.docker.listNodes(),
        this.docker.listNetworks(),
        this.docker.listServices({ filters: ours }),
        this.docker.listTasks({ filters: ours }),
        this.docker.listSecrets({ filters: ours }),
        this.docker.listConfigs({ filters: ours }),
        this.docker.listContainers({ all: true, filters: { label: [`${LABEL.part}=package`] } }),
        this.#zooKeeperNetworks(),
      ]);
      const views = { secrets: secrets.map(objectView), configs: configs.map(objectView) };
      this.#secretIds = new Map(views.secrets.map(({ name, id }) => [name, id]));
      this.#configIds = new Map(views.configs.map(({ name, id }) => [name, id]));
      return {
        ok: true,
        value: {
          nodes: nodes.map(nodeView),
          networks: networks.map(networkView),
          services: services.map(serviceView),
          tasks: tasks.map(taskView),
          ...views,
          packages: packages.map(packageView),
          ...(zooKeeper ? { zooKeeperNetworks: zooKeeper } : {}),
        },
      };
    } catch (error) {
      return { ok: false, error: `docker engine: ${words(error)}` };
    }
  }

  async reservations(): Promise<Seen<readonly Reservation[]>> {
    try {
      // Skip tasks that should end, most of a long history; a container that is just ending may be overlooked
      const [tasks, services] = await Promise.all([
        this.docker.listTasks({ filters: { 'desired-state': ['running'], runtime: RUNTIMES } }),
        this.docker.listServices(),
      ]);
      const reserved = tasks.flatMap(task => foreignReservation(task) ?? []);
      return { ok: true, value: [...reserved, ...services.flatMap(one => serviceAddresses(one) ?? [])] };
    } catch (error) {
      return { ok: false, error: `docker engine: ${words(error)}` };
    }
  }

  createNetwork(spec: NetworkSpec): Promise<void> {
    // One after the other: the choice of a subnet has to see the network before. Two in one place would never be allocated
    const made = this.#networkMade.then(() => this.#createNetwork(spec));
    this.#networkMade = made.catch(() => undefined);
    return made;
  }

  async #createNetwork(spec: NetworkSpec): Promise<void> {
    const choose = () => call(`choose a subnet for network ${spec.name}`, () => roomySubnet(this.docker));
    const chosen = spec.subnet === undefined ? await choose() : undefined;
    const subnet = spec.subnet ?? chosen;
    // The engine takes a moment to answer
    this.options.confirm?.();
    const body = {
      Name: spec.name,
      CheckDuplicate: true,
      Driver: 'overlay',
      Attachable: true,
      Labels: { ...spec.labels, ...given({ [LABEL.subnet]: chosen }) },
      ...(spec.encrypted ? { Options: { encrypted: '' } } : {}),
      ...(subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
    };
    await call(`create network ${spec.name}`, () => this.docker.createNetwork(body), [409]);
  }

  async attachZooKeeper(network: string): Promise<void> {
    const attach = () => this.docker.getNetwork(network).connect({ Container: ZOOKEEPER_NAME });
    try {
      await attach();
    } catch (error) {
      // Attached already, by an earlier call whose reply was lost
      if (/already exists in network/.test(words(error))) return;
      throw portError(`attach ${ZOOKEEPER_NAME} to network ${network}`, error);
    }
  }

  async createSecret(name: string, content: string, labels: Labels): Promise<void> {
    const body = { Name: name, Labels: labels, Data: Buffer.from(content).toString('base64') };
    const what = `create secret ${name}`;
    const made = await call(what, () => this.docker.createSecret(body), [409]);
    if (!made) await mustBeOurs(what, labels, () => this.docker.getSecret(name).inspect());
  }

  async createConfig(name: string, content: string, labels: Labels): Promise<void> {
    const body = { Name: name, Labels: labels, Data: Buffer.from(content).toString('base64') };
    const what = `create config ${name}`;
    const created = await call(what, () => this.docker.createConfig(body), [409]);
    if (!created) await mustBeOurs(what, labels, () => this.docker.getConfig(name).inspect());
    const id = (created as { readonly id?: string } | undefined)?.id;
    if (id) this.#configIds.set(name, id);
  }

  async createService(spec: ServiceSpec): Promise<void> {
    const what = `create service ${spec.name}`;
    const unknown = [
      ...spec.secrets.filter(({ name }) => !this.#secretIds.has(name)),
      ...spec.configs.filter(({ name }) => !this.#configIds.has(name)),
    ][0];
    if (unknown) throw new PortError('retry', `${what}: ${unknown.name} has not been seen yet`);
    const auth = spec.withRegistryAuth ? await this.#credentials(what, spec.image) : {};
    // A credential helper may take seconds
    this.options.confirm?.();
    const ids = { secrets: this.#secretIds, configs: this.#configIds };
    const { auditWrite = false } = this.options;
    const body = serviceBody(spec, ids, droppedCapabilities({ auditWrite }));
    // Always pass credentials, even empty ones: otherwise dockerode also sends the whole body as the credentials
    // header
    const create = () =>
      this.docker.createService(auth as Docker.AuthConfig, body as Docker.CreateServiceOptions);
    const made = await call(what, create, [409]);
    if (!made) await mustBeOurs(what, spec.labels, () => this.docker.getService(spec.name).inspect());
  }

  async removeService(id: string): Promise<void> {
    await call(`remove service ${id}`, () => this.docker.getService(id).remove(), [404]);
  }

  async removeSecret(id: string): Promise<void> {
    await call(`remove secret ${id}`, () => this.docker.getSecret(id).remove(), [404]);
  }

  async removeConfig(id: string): Promise<void> {
    await call(`remove config ${id}`, () => this.docker.getConfig(id).remove(), [404]);
  }

  async removeNetwork(id: string): Promise<void> {
    await removeNetwork(this.docker, id, () => this.options.confirm?.());
  }

  async *output(serviceId: string): AsyncIterable<OutputChunk> {
    try {
      yield* serviceOutput(this.docker, serviceId, { follow: false });
    } catch (error) {
      throw portError(`read output of service ${serviceId}`, error);
    }
  }

  onChange(wake: Wake): void {
    watchEvents(this.docker, wake, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  /** A broken Docker configuration blocks until a person fixes it. */
  async #credentials(what: string, image: string): Promise<RegistryAuth> {
    try {
      return await this.options.registryAuth(image);
    } catch (error) {
      throw new PortError('blocked', `${what}: ${words(error)}`, { cause: error });
    }
  }

  async #zooKeeperNetworks(): Promise<readonly string[] | undefined> {
    if (!this.options.embeddedZooKeeper) return undefined;
    const { NetworkSettings } = await this.docker.getContainer(ZOOKEEPER_NAME).inspect();
    return Object.keys(NetworkSettings.Networks).sort();
  }
}
