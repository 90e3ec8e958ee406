import type { FakeRuntime } from '../fakes/runtime.js';

/** What is to happen later, in virtual time or after so many ticks. */
export class Agenda {
  readonly #timed: { readonly at: number; readonly act: () => void }[] = [];
  readonly #ticked: { readonly tick: number; readonly act: () => void }[] = [];

  constructor(private readonly runtime: FakeRuntime) {}

  /** True while something is still to come. */
  get open(): boolean {
    return this.#timed.length + this.#ticked.length > 0;
  }

  /** The time of the next thing that has one. */
  get next(): number | undefined {
    return this.#timed.length === 0 ? undefined : Math.min(...this.#timed.map(({ at }) => at));
  }

  in(ms: number, act: () => void): void {
    this.#timed.push({ at: this.runtime.now() + ms, act });
  }

  atTick(tick: number, act: () => void): void {
    this.#ticked.push({ tick, act });
  }

  /** Does all that is due; returns whether there was anything. */
  due(tick: number): boolean {
    const now = this.runtime.now();
    const acts = [
      ...takeOut(this.#timed, entry => entry.at <= now),
      ...takeOut(this.#ticked, entry => entry.tick <= tick),
    ];
    for (const { act } of acts) act();
    return acts.length > 0;
  }
}

function takeOut<T>(from: T[], due: (entry: T) => boolean): readonly T[] {
  const taken = from.filter(due);
  for (const entry of taken) from.splice(from.indexOf(entry), 1);
  return taken;
}
