import { storeTrouble } from '../core/gc/store-check.js';
import type { Reason } from '../core/model/reason.js';
import type { Installation } from '../core/model/specs.js';
import type { Observation } from '../ports/observation.js';
import type { Ports } from '../ports/ports.js';
import { attempt } from './effects/attempt.js';

export type Store =
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** It has been given its id just now; it is known from the next tick on. */
  | { readonly kind: 'named' }
  /** The installation, with the id of the ZooKeeper that knows it. */
  | { readonly kind: 'known'; readonly installation: Installation };

/** Lets a controller act on the word of a ZooKeeper only where nothing says that it has lost what it knew. Each term asks again. */
export class StoreGuard {
  #passed = false;

  constructor(
    private readonly installation: Installation,
    private readonly allowEmpty: boolean,
  ) {}

  begin(): void {
    this.#passed = false;
  }

  /** @param ports those of the leader. */
  async check({ swarm, stateStore, stored }: Observation, ports: Ports): Promise<Store> {
    const { installation } = this;
    if (!this.#passed && !this.allowEmpty) {
      const reason = storeTrouble({ swarm, stateStore, stored }, installation);
      if (reason) return { kind: 'refused', reason };
    }
    this.#passed = true;
    if (stateStore.id !== undefined)
      return { kind: 'known', installation: { ...installation, store: stateStore.id } };
    const id = `${ports.runtime.uid()}${ports.runtime.uid()}`;
    const made = await attempt("ZooKeeper's id", () => ports.stateStore.createId(id));
    return made.ok ? { kind: 'named' } : { kind: 'refused', reason: made.trouble };
  }
}
