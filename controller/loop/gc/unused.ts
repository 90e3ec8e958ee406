import type { Installation } from '../../core/model/specs.js';
import type { Expiry } from '../../core/model/world.js';
import type { ControllerEvent } from '../../ports/events.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';
import { GarbageCollector } from './gc.js';
import { OrphanCollector } from './orphans.js';

/**
 * Removes what no job needs. What a job needs whose record cannot be read is unknown: while there is one nothing is
 * removed, and what was found before is to be found again.
 */
export class Unused {
  #orphans: OrphanCollector;
  #spare: GarbageCollector;

  constructor(
    private readonly installation: Installation,
    private readonly report: (event: ControllerEvent) => void,
    /** Also what was made on the word of another ZooKeeper. */
    private readonly ofOthers = false,
  ) {
    this.#orphans = new OrphanCollector(ofOthers);
    this.#spare = new GarbageCollector(installation);
  }

  /** Forgets what was found. */
  begin(): void {
    this.#orphans = new OrphanCollector(this.ofOthers);
    this.#spare = new GarbageCollector(this.installation);
  }

  /** Of a controller that does not lead: what is on its own engine, which the one that leads does not see. */
  async removeOnEngine(world: Observation, ports: Ports): Promise<void> {
    if (this.#isUnknown(world)) return;
    for (const news of await this.#spare.collectOnEngine(world, ports)) this.report(news);
  }

  /** @returns an act for each kind, which resolves with whether it removed anything that may let jobs go on. */
  removals(
    world: Observation,
    installation: Installation,
    { expired, ports }: { readonly expired: ReadonlyMap<string, Expiry>; readonly ports: Ports },
  ): readonly (() => Promise<boolean>)[] {
    if (this.#isUnknown(world)) return [];
    return [
      () => this.#removeSpare(world, expired, ports),
      () => this.#removeOrphans(world, installation, ports),
    ];
  }

  #isUnknown({ stateStore: { unreadableRecords } }: Observation): boolean {
    if (unreadableRecords.size === 0) return false;
    this.begin();
    return true;
  }

  async #removeSpare(world: Observation, expired: ReadonlyMap<string, Expiry>, ports: Ports): Promise<false> {
    for (const news of await this.#spare.collect(world, expired, ports)) this.report(news);
    return false;
  }

  async #removeOrphans(world: Observation, installation: Installation, ports: Ports): Promise<boolean> {
    const swept = await this.#orphans.collect(world, installation, ports);
    for (const { run, removed, trouble } of swept) {
      if (trouble) this.report({ kind: 'command-failed', key: run, trouble });
      else this.report({ kind: 'orphan-removed', run, things: removed });
    }
    return swept.some(({ trouble }) => !trouble);
  }
}
