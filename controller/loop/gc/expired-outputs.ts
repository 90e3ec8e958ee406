import { expiries, type Limits } from '../../core/gc/outputs.js';
import type { Expiry } from '../../core/model/world.js';
import type { Observation } from '../../ports/observation.js';

type World = Pick<Observation, 'stateStore' | 'stored'>;

/** What of the stored outputs is not to be kept, recomputed when there is another output, or after a while. */
export class ExpiredOutputs {
  #last:
    | {
        readonly expired: ReadonlyMap<string, Expiry>;
        readonly stored: World['stored'];
        readonly until: number;
      }
    | undefined;

  constructor(
    private readonly limits: Limits,
    private readonly whileMs: number,
  ) {}

  of({ stateStore, stored }: World, now: number): ReadonlyMap<string, Expiry> {
    const last = this.#last;
    const left = (last?.until ?? now) - now;
    if (last?.stored === stored && left > 0 && left <= this.whileMs) return last.expired;
    const records = [...stateStore.jobs.values()].map(({ record }) => record);
    const expired = expiries(records, stored, { limits: this.limits, now });
    this.#last = { expired, stored, until: now + this.whileMs };
    return expired;
  }
}
