import type { Reason } from '../model/reason.js';
import type { JobRecord } from '../model/record.js';
import type { Reservation, SwarmWorld } from '../model/world.js';
import { type Addresses, addressesNeeded, addressShortage, freeAddresses } from './addresses.js';

/** The addresses of the networks, given out to jobs in their turn. */
export class AddressQueue {
  readonly #networks: Map<string, Addresses | undefined>;
  /** By network: what is kept for jobs that wait, and the first of them. */
  readonly #kept = new Map<string, { readonly first: string; readonly count: number }>();
  readonly #swarm: SwarmWorld;

  /** @param waiting the jobs that will ask. */
  constructor(
    waiting: readonly JobRecord[],
    world: {
      /** All that may have an open run. */
      readonly records: readonly JobRecord[];
      readonly swarm: SwarmWorld;
      readonly others: readonly Reservation[];
    },
  ) {
    this.#swarm = world.swarm;
    this.#networks = new Map(
      freeAddresses(
        waiting.map(({ manifest }) => manifest.spec.network),
        world,
      ),
    );
  }

  /** Why a job could not have its addresses even on an empty network. */
  never({ manifest }: JobRecord): Reason | undefined {
    const there = this.#networks.get(manifest.spec.network.name);
    if (!there || this.#needed(manifest) <= there.all) return undefined;
    return addressShortage(manifest, this.#needed(manifest), there);
  }

  /**
   * Takes a job's addresses, also where they do not suffice: then what comes free is kept for it.
   * @returns why it has to wait.
   */
  take({ key, manifest }: JobRecord): Reason | undefined {
    const { name } = manifest.spec.network;
    const there = this.#networks.get(name);
    if (!there) return undefined;
    const needed = this.#needed(manifest);
    this.#networks.set(name, { ...there, free: there.free - needed });
    if (needed <= there.free) return undefined;
    const { first, count } = this.#kept.get(name) ?? { first: key, count: 0 };
    this.#kept.set(name, { first, count: count + needed });
    const really = { ...there, free: there.free + count };
    return addressShortage(manifest, needed, really) ?? queued(first, name);
  }

  /** Gives back what a job has taken that has to wait for something else. */
  release({ manifest }: JobRecord): void {
    const { name } = manifest.spec.network;
    const there = this.#networks.get(name);
    if (there) this.#networks.set(name, { ...there, free: there.free + this.#needed(manifest) });
  }

  #needed(manifest: JobRecord['manifest']): number {
    return addressesNeeded(manifest, this.#swarm);
  }
}

function queued(first: string, network: string): Reason {
  return {
    reason: 'Queued',
    message: `queued behind ${first}, which waits for addresses of network ${network}`,
  };
}
