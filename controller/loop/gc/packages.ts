import { sparePackages } from '../../core/gc/packages.js';
import type { Installation } from '../../core/model/specs.js';
import { PortError } from '../../ports/errors.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';

/** Another run that needs it may be about to begin: the next attempt, or another job's. */
const GRACE_MS = 10_000;

/** Removes what serves packages that no run needs. One that is removed too early is made again by whoever needs it. */
export class SparePackages {
  #since = new Map<string, number>();

  constructor(private readonly installation: Pick<Installation, 'id'>) {}

  /** @returns what was not removed, and what was said of it, by name. */
  async look(
    { swarm, registry }: Observation,
    ports: Ports,
  ): Promise<readonly (readonly [string, string])[]> {
    const now = ports.edge.elapsed();
    const records = [...registry.jobs.values()].map(({ record }) => record);
    const spare = sparePackages(swarm, records, this.installation);
    const since = this.#since;
    this.#since = new Map(spare.map(({ id }) => [id, since.get(id) ?? now]));
    const due = spare.filter(({ id }) => now - (since.get(id) ?? now) >= GRACE_MS);
    const kept = await Promise.all(
      due.map(async ({ id, name }) => {
        try {
          await ports.packages.remove(id);
          return [];
        } catch (error) {
          if (!(error instanceof PortError)) throw error;
          return [[name, error.message] as const];
        }
      }),
    );
    return kept.flat();
  }
}
