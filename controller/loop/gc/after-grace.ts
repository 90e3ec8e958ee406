import type { JobRecord } from '../../core/model/record.js';
import type { Seen } from '../../core/model/world.js';
import type { Observation } from '../../ports/observation.js';
import type { Ports } from '../../ports/ports.js';

/** From the first tick that finds something unused to the one that removes it. */
const GRACE_MS = 10_000;

/** Finds what every tick has seen unused for a while; what is unused only for a moment is left alone. */
export class AfterGrace<Thing> {
  #since = new Map<string, number>();

  constructor(private readonly keyOf: (thing: Thing) => string) {}

  /** What this tick found that every tick has found for the whole grace period. */
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
   * What is due and still found with freshly read records: a tick's list of records may be stale for any length of time.
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
