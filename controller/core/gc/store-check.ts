import { firstFew } from '../../shared/list-words.js';
import { LABEL, uidOf } from '../model/names.js';
import type { Reason } from '../model/reason.js';
import type { Installation } from '../model/specs.js';
import type { Labels, SwarmWorld } from '../model/world.js';

/** What is known of a ZooKeeper, and of what others hold of the same installation. */
export interface Stores {
  readonly swarm: Pick<SwarmWorld, 'services' | 'secrets' | 'configs'>;
  readonly stateStore: {
    readonly jobs: ReadonlyMap<string, unknown>;
    readonly unreadableRecords: ReadonlyMap<string, string>;
    readonly id?: string;
  };
  /** Stored outputs, by run id. */
  readonly stored: ReadonlyMap<string, unknown>;
}

/** How a person says that what an empty ZooKeeper does not know is to go. */
export const ALLOW = '--allow-empty-zookeeper';

/**
 * Why a controller that begins to lead must not act on what ZooKeeper says: that does not know of things that this installation has
 * elsewhere. Its data were lost, or it is another ZooKeeper behind the same name. Acting on it would remove everything that runs, and
 * run again everything that has finished.
 * @returns undefined: nothing speaks against it.
 */
export function storeTrouble(stores: Stores, installation: Pick<Installation, 'id'>): Reason | undefined {
  const { stateStore, stored, swarm } = stores;
  const things = [...swarm.services, ...swarm.secrets, ...swarm.configs].filter(({ labels }) =>
    isOurs(labels, installation),
  );
  // A record that cannot be read is there all the same
  const isEmpty = stateStore.jobs.size + stateStore.unreadableRecords.size === 0;
  const others = things.filter(({ labels }) => isOfOther(labels, stateStore.id));
  // First match wins
  if (others.length > 0 && !isEmpty)
    return changed(
      others.map(({ name }) => name),
      installation.id,
    );
  if (others.length > 0) return empty(others.map(({ name }) => name));
  if (!isEmpty) return undefined;
  // A ZooKeeper that was never used, although this installation was
  if (stateStore.id === undefined && things.length > 0) return empty(things.map(({ name }) => name));
  if (stateStore.id === undefined && stored.size > 0)
    return empty([...stored.keys()].map(run => `the output of run ${run}`));
  // Its records were removed. What is left of one job may come of a request that was long under way
  const running = swarm.services.filter(({ labels }) => isOurs(labels, installation));
  const jobs = new Set(running.map(({ labels }) => uidOf(labels[LABEL.run] ?? '')));
  return jobs.size > 1 ? empty(running.map(({ name }) => name)) : undefined;
}

/** Made on the word of another ZooKeeper, or of this one before its data were lost. */
export function isOfOther(labels: Labels, store: string | undefined): boolean {
  return labels[LABEL.store] !== undefined && labels[LABEL.store] !== store;
}

function isOurs(labels: Labels, { id }: Pick<Installation, 'id'>): boolean {
  return labels[LABEL.installation] === id && labels[LABEL.run] !== undefined;
}

function empty(names: readonly string[]): Reason {
  const message = `ZooKeeper has no job, but there are things of jobs: ${listed(names)}; nothing is done until ZooKeeper's data are restored or another one is named by --zookeeper or --zookeeper-root; mpiswarm up ${ALLOW}, for one start, removes what is left and begins with what the folder has`;
  return { reason: 'ZooKeeperEmpty', message };
}

function changed(names: readonly string[], id: string): Reason {
  const message = `the swarm has things of installation ${id} that another ZooKeeper knows: ${listed(names)}; nothing is done, because two that are reached by the same name and root would remove each other's runs: give one of them another --zookeeper-root; if the other is gone for good, mpiswarm up ${ALLOW}, for one start, removes what is left of it`;
  return { reason: 'ZooKeeperChanged', message };
}

function listed(names: readonly string[]): string {
  return firstFew([...names].sort()).join(', ');
}
