import { expiries, type Limits } from '../../core/gc/outputs.js';
import type { Expiry } from '../../core/model/world.js';
import type { Observation } from '../../ports/observation.js';
import type { Reading } from '../time/job-clocks.js';

type World = Pick<Observation, 'stateStore' | 'stored'>;

/**
 * Output that is too old must be so for this long, or for as long as it is kept where that is less: a clock that is wrong for a while
 * must not delete what is not.
 */
const AGED_MS = 3_600_000;

/** What of the stored outputs is not to be kept, recomputed when there is another output, or after a while. */
export class ExpiredOutputs {
  #last:
    | {
        readonly expired: ReadonlyMap<string, Expiry>;
        readonly stored: World['stored'];
        readonly until: number;
      }
    | undefined;
  /** Since when output has been too old at every tick, by a clock that never jumps. */
  #aged: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly limits: Limits,
    private readonly whileMs: number,
  ) {}

  of({ stateStore, stored }: World, { now, elapsed, jump }: Reading): ReadonlyMap<string, Expiry> {
    const last = this.#last;
    if (jump !== 0) this.#aged = new Map();
    if (last?.stored === stored && jump === 0 && elapsed < last.until) return last.expired;
    const records = [...stateStore.jobs.values()].map(({ record }) => record);
    const found = [...expiries(records, stored, { limits: this.limits, now })];
    const aged = found.filter(([, { reason }]) => reason === 'AgeLimit').map(([run]) => run);
    this.#aged = new Map(aged.map(run => [run, this.#aged.get(run) ?? elapsed]));
    const isSure = ([run]: readonly [string, Expiry]): boolean =>
      elapsed - (this.#aged.get(run) ?? Number.NEGATIVE_INFINITY) >= Math.min(AGED_MS, this.limits.ageMs);
    const expired = new Map(found.filter(isSure));
    this.#last = { expired, stored, until: elapsed + this.whileMs };
    return expired;
  }
}
