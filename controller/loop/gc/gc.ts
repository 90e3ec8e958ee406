import type { Installation } from '../../core/model/specs.js';
import type { Expiry } from '../../core/model/world.js';
import type { ControllerEvent } from '../../ports/events.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';
import { UnusedNetworks } from './networks.js';
import { UnusedPackages } from './packages.js';
import { removeUnnamed } from './unnamed-outputs.js';

/** Removes what no job needs any more and no job waits for. Each term starts with an empty memory. */
export class GarbageCollector {
  readonly #packages: UnusedPackages;
  readonly #networks: UnusedNetworks;

  constructor(installation: Pick<Installation, 'id'>) {
    this.#packages = new UnusedPackages(installation);
    this.#networks = new UnusedNetworks(installation);
  }

  /** What is on this controller's own engine, which no other one sees. @returns what a person should know. */
  async collectOnEngine(world: Observation, ports: Ports): Promise<readonly ControllerEvent[]> {
    return (await this.#packages.collect(world, ports)).map(failed);
  }

  /** All of it, which is for the one that leads. @returns what a person should know. */
  async collect(
    world: Observation,
    expired: ReadonlyMap<string, Expiry>,
    ports: Ports,
  ): Promise<readonly ControllerEvent[]> {
    const outputs = [...(await removeUnnamed(world, expired, ports.outputs))].map(failed);
    const packages = await this.collectOnEngine(world, ports);
    const networks = await this.#networks.collect(world, ports);
    return [
      ...outputs,
      ...packages,
      ...networks.map(({ name, problem }) =>
        problem === undefined
          ? ({ kind: 'network-removed', name } as const)
          : failed([`network ${name}`, problem]),
      ),
    ];
  }
}

function failed([key, message]: readonly [string, string]): ControllerEvent {
  return { kind: 'command-failed', key, trouble: { reason: 'Retrying', message } };
}
