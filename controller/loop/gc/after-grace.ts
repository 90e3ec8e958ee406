import type { JobRecord } from '../../core/model/record.js';
import type { Seen } from '../../core/model/world.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';

/** Between the first look that finds something nobody needs and the one that removes it. */
const GRACE_MS = 10_000;

/** Finds what has been without a use at every look for a while: what is so for a moment only is left alone. */
export class AfterGrace<Thing> {
  #since = new Map<string, number>();

  constructor(private readonly keyOf: (thing: Thing) => string) {}

  /** Of what a look found, what every look has found for the whole grace period. */
  due(found: readonly Thing[], now: number): readonly Thing[] {
    const since = this.#since;
    this.#since = new Map(found.map(thing => [this.keyOf(thing), since.get(this.keyOf(thing)) ?? now]));
    return found.filter(thing => now - (since.get(this.keyOf(thing)) ?? now) >= GRACE_MS);
  }

  /** Begins another grace period, after which they are due again. */
  restart(things: readonly Thing[], now: number): void {
    for (const thing of things) this.#since.set(this.keyOf(thing), now);
  }

  /**
   * What is due and is found with the records as they are now, too: a look's list of records may be an old one for as long as it likes.
   * The records are read only when something is due.
   * @param find what has no use by these records.
   */
  async confirmed(
    find: (records: readonly JobRecord[]) => readonly Thing[],
    { stateStore }: Observation,
    ports: Ports,
  ): Promise<{ readonly due: readonly Thing[]; readonly still: Seen<readonly Thing[]> }> {
    const found = find([...stateStore.jobs.values()].map(({ record }) => record));
    const due = this.due(found, ports.runtime.elapsed());
    if (due.length === 0) return { due, still: { ok: true, value: [] } };
    const records = await ports.stateStore.records();
    if (!records.ok) return { due, still: records };
    const keys = new Set(find(records.value).map(this.keyOf));
    return { due, still: { ok: true, value: due.filter(thing => keys.has(this.keyOf(thing))) } };
  }
}
