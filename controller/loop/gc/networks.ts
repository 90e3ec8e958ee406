import { spareNetworks } from '../../core/gc/networks.js';
import type { Installation } from '../../core/model/specs.js';
import { PortError } from '../../ports/errors.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';

/** Between the first look that finds a network spare and the one that removes it, and between two tries. */
const GRACE_MS = 10_000;

/** What was done about one network. */
export interface SparedNetwork {
  readonly name: string;
  /** Why it is still there. */
  readonly problem?: string;
}

/**
 * Removes networks that were made for jobs that are gone, once they were found spare at every look for a while. Before anything is
 * removed, the records are read anew. One that is removed too early is made again by whoever needs it.
 */
export class SpareNetworks {
  #since: ReadonlyMap<string, number> = new Map();

  constructor(private readonly installation: Pick<Installation, 'id'>) {}

  async look({ swarm, registry }: Observation, ports: Ports): Promise<readonly SparedNetwork[]> {
    const now = ports.edge.elapsed();
    const records = [...registry.jobs.values()].map(({ record }) => record);
    const found = spareNetworks(swarm, records, this.installation);
    const since = new Map(found.map(({ id }) => [id, this.#since.get(id) ?? now]));
    this.#since = since;
    const due = found.filter(({ id }) => now - (since.get(id) ?? now) >= GRACE_MS);
    if (due.length === 0) return [];
    for (const { id } of due) since.set(id, now);
    const anew = await ports.registry.records();
    if (!anew.ok) return due.map(({ name }) => ({ name, problem: anew.error }));
    const still = spareNetworks(swarm, anew.value, this.installation);
    return Promise.all(
      due.filter(network => still.includes(network)).map(({ id, name }) => remove(id, name, ports)),
    );
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
