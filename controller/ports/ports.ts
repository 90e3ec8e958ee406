import type { Images } from './images.js';
import type { OutputStore } from './output-store.js';
import type { Packages } from './packages.js';
import type { Runtime } from './runtime.js';
import type { StateStore } from './state-store.js';
import type { Swarm } from './swarm.js';

export interface Ports {
  readonly swarm: Swarm;
  readonly images: Images;
  readonly packages: Packages;
  readonly stateStore: StateStore;
  readonly outputs: OutputStore;
  readonly runtime: Runtime;
}
