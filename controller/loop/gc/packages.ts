import { unusedPackages } from '../../core/gc/packages.js';
import type { Installation } from '../../core/model/specs.js';
import type { PackageView } from '../../core/model/world.js';
import { PortError } from '../../ports/errors.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';
import { AfterGrace } from './after-grace.js';

/** Removes what serves packages that no run needs. A run that still needs one recreates it. */
export class UnusedPackages {
  readonly #grace = new AfterGrace<PackageView>(({ id }) => id);

  constructor(private readonly installation: Pick<Installation, 'id'>) {}

  /** @returns what was not removed, and what was said of it, by name. */
  async collect(
    { swarm, stateStore }: Observation,
    ports: Ports,
  ): Promise<readonly (readonly [string, string])[]> {
    const records = [...stateStore.jobs.values()].map(({ record }) => record);
    // Another run that needs it may be about to begin: the next attempt, or another job's
    const due = this.#grace.due(unusedPackages(swarm, records, this.installation), ports.runtime.elapsed());
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
