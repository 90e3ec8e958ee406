import { unusedNetworks } from '../../core/gc/networks.js';
import type { Installation } from '../../core/model/specs.js';
import type { NetworkView } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';
import { AfterGrace } from './after-grace.js';

/** What was done about one network. */
export interface SparedNetwork {
  readonly name: string;
  /** Why it is still there. */
  readonly problem?: string;
}

/**
 * Removes networks of jobs that are gone, once every tick has found them unused for a while. Reads the records again
 * before removing anything. A job that still needs its network recreates it.
 */
export class UnusedNetworks {
  readonly #grace = new AfterGrace<NetworkView>(({ id }) => id);

  constructor(private readonly installation: Pick<Installation, 'id'>) {}

  async collect(world: Observation, ports: Ports): Promise<readonly SparedNetwork[]> {
    const { due, still } = await this.#grace.confirmed(
      records => unusedNetworks(world.swarm, records, this.installation),
      world,
      ports,
    );
    // One that cannot be removed is tried again after another grace period
    this.#grace.restart(due, ports.runtime.elapsed());
    if (!still.ok) return due.map(({ name }) => ({ name, problem: still.error }));
    return Promise.all(still.value.map(({ id, name }) => remove(id, name, ports)));
  }
}

async function remove(id: string, name: string, { swarm }: Ports): Promise<SparedNetwork> {
  try {
    await swarm.removeNetwork(id);
    return { name };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { name, problem: error.message };
  }
}
