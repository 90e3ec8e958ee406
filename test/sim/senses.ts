import type { Seen } from '../../controller/core/model/world.js';
import type { StateStoreWorld } from '../../controller/ports/state-store.js';
import { DEADLINE_MS, type Effect } from './gate.js';
import type { Reader, Stored } from './ports.js';
import type { SimWorld } from './world.js';

type Port = 'swarm' | 'stateStore';
type Away = 'refuses' | 'hangs' | 'hears';

/** What reaches the controller of the world: lists that may be old or unreadable, and wake-ups that may be lost. */
export class Senses implements Reader {
  readonly #away = new Map<Port, Away>();
  readonly #stale = new Map<Port | 'outputs', { readonly changes: number; looks: number }>();
  /** How wake-ups arrive from now on, and for how long. */
  hearing: 'well' | 'deaf' | 'late' | 'double' = 'well';
  #echoed = false;

  constructor(private readonly world: SimWorld) {}

  get zooKeeperAway(): boolean {
    return this.#away.has('stateStore');
  }

  /** Some of the next reads will show an old state. */
  get stale(): boolean {
    return this.#stale.size > 0;
  }

  /** A port does not answer for so long: it refuses, hangs, or hears without being heard. */
  away(port: Port, how: Away, ms: number): void {
    this.#away.set(port, how);
    this.world.disturbed(ms);
    if (port === 'stateStore') this.world.cut();
    this.world.agenda.in(ms, () => {
      this.#away.delete(port);
      if (port === 'stateStore') this.world.heal();
      this.world.disturbed(0);
    });
  }

  /** The next so many reads through a port show what was there so many changes ago. */
  old(port: Port | 'outputs', changes: number, looks: number): void {
    this.#stale.set(port, { changes, looks });
  }

  /** What an outage does to an effect. */
  outage({ verb }: Effect): readonly string[] {
    if (verb.endsWith('output')) return [];
    const how = this.#away.get(/ (job|run|start|stop|id)$/.test(verb) ? 'stateStore' : 'swarm');
    if (how === undefined) return [];
    return [how === 'refuses' ? 'refused' : how === 'hangs' ? 'hang' : 'hang-done'];
  }

  async read<T>(port: Port, look: () => Promise<Seen<T>>): Promise<Seen<T>> {
    return this.#away.has(port) ? this.readAnew(port, look) : this.#shown(port, await look());
  }

  async readAnew<T>(port: Port, look: () => Promise<Seen<T>>): Promise<Seen<T>> {
    const how = this.#away.get(port);
    if (how === 'refuses') return { ok: false, error: `${port}: connection refused` };
    if (how !== undefined) {
      await this.world.pause(DEADLINE_MS);
      return { ok: false, error: `${port}: no answer within ${DEADLINE_MS} ms` };
    }
    return look();
  }

  async stored(look: () => Promise<Stored>): Promise<Stored> {
    const now = await look();
    const shown = this.#shown('outputs', { ok: true, value: now });
    return shown.ok ? shown.value : now;
  }

  /** When a wake-up that is sent now arrives. */
  wakeAt(): number {
    switch (this.hearing) {
      case 'deaf':
        return Number.POSITIVE_INFINITY;
      case 'late':
        return this.world.now() + 1_000;
      default:
        return this.world.now();
    }
  }

  /** When the second of two equal wake-ups arrives. */
  echo(): number {
    this.#echoed = this.hearing === 'double' && !this.#echoed;
    return this.#echoed ? this.world.now() : Number.POSITIVE_INFINITY;
  }

  /** Another writer is first: the version that the controller has read is not the last one any more. */
  interfere({ verb, target }: Effect): void {
    const stored = this.world.stateStore.jobs.get(target);
    if (verb !== 'write job' || !stored) return;
    this.world.stateStore.jobs.set(target, { ...stored, version: stored.version + 1 });
  }

  #shown<T>(port: Port | 'outputs', now: Seen<T>): Seen<T> {
    this.world.histories[port].note(now);
    const stale = this.#stale.get(port);
    if (!stale) return now;
    stale.looks -= 1;
    if (stale.looks <= 0) this.#stale.delete(port);
    this.world.disturbed(0);
    const then = this.world.histories[port].ago(stale.changes) as Seen<T> | undefined;
    if (port !== 'stateStore' || !then) return then ?? now;
    return ownWrites(then as Seen<StateStoreWorld>, now as Seen<StateStoreWorld>) as Seen<T>;
  }
}

/**
 * What others wrote as it was then, what controllers wrote as it is now: a session's reads come after its own writes, and the write by
 * which a leader takes the lead comes after all of the one before (ZooKeeper Programmer's Guide, consistency guarantees).
 */
function ownWrites(then: Seen<StateStoreWorld>, now: Seen<StateStoreWorld>): Seen<StateStoreWorld> {
  if (!then.ok || !now.ok) return now;
  const runs = [...now.value.runs].map(([id, run]) => {
    const before = then.value.runs.get(id);
    const { started, stopping, startHostfile } = run;
    const own = { started, stopping, ...(startHostfile === undefined ? {} : { startHostfile }) };
    return [id, before ? { ...before, ...own } : run] as const;
  });
  return { ok: true, value: { ...now.value, runs: new Map(runs) } };
}
