import type { NetworkSpec, ServiceSpec } from '../core/model/specs.js';
import type { Reservation, Seen, SwarmWorld } from '../core/model/world.js';
import type { OutputChunk } from './output-store.js';
import type { Wake } from './wake.js';

/** Docker Swarm, through a manager's engine. Lists hold only what carries our labels, but for nodes and networks. */
export interface Swarm {
  observe(): Promise<Seen<SwarmWorld>>;
  /**
   * What containers that are not ours reserve on the nodes, and where they, services and containers without a service have
   * addresses. Asked only while a run is about to start.
   */
  reservations(): Promise<Seen<readonly Reservation[]>>;
  /** Creating what exists under that name, and removing what does not exist, is success. */
  createNetwork(spec: NetworkSpec): Promise<void>;
  createSecret(name: string, content: string, labels: Readonly<Record<string, string>>): Promise<void>;
  createConfig(name: string, content: string, labels: Readonly<Record<string, string>>): Promise<void>;
  createService(spec: ServiceSpec): Promise<void>;
  removeService(id: string): Promise<void>;
  removeSecret(id: string): Promise<void>;
  removeConfig(id: string): Promise<void>;
  /**
   * Removes a network, off which the embedded ZooKeeper and what serves packages of the same installation are taken first. Fails
   * with `retry` while anything else is on it: a service of anybody, or a container that has not ended yet of one that is removed.
   */
  removeNetwork(id: string): Promise<void>;
  /** Joins the embedded ZooKeeper to a network, so that agents there reach it. */
  attachZooKeeper(network: string): Promise<void>;
  /** Everything a service's containers wrote so far, in the engine's order, as it is read. */
  output(serviceId: string): AsyncIterable<OutputChunk>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
