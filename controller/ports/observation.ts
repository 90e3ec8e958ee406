import type { ManifestSet } from '../api/manifest/manifests.js';
import type { StoredOutput, SwarmWorld } from '../core/model/world.js';
import type { StateStoreWorld } from './state-store.js';

/** One read of the world; serves all jobs of a tick. */
export interface Observation {
  readonly manifests: ManifestSet;
  readonly swarm: SwarmWorld;
  readonly stateStore: StateStoreWorld;
  readonly stored: ReadonlyMap<string, StoredOutput>;
}
