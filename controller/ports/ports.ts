import type { Images } from './images.js';
import type { OutputStore } from './output-store.js';
import type { Packages } from './packages.js';
import type { Edge } from './runtime.js';
import type { Registry } from './state-store.js';
import type { Swarm } from './swarm.js';

export interface Ports {
  readonly swarm: Swarm;
  readonly images: Images;
  readonly packages: Packages;
  readonly registry: Registry;
  readonly outputs: OutputStore;
  readonly edge: Edge;
}
