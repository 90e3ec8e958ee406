import { PortError } from '../../controller/ports/errors.js';

/** What happens at one external effect. */
export type FaultKind =
  /** The controller dies before the effect. */
  | 'crash-before'
  /** The controller dies right after the effect. */
  | 'crash-after'
  /** The call fails and has no effect. */
  | 'refused'
  /** The effect takes place, and the call fails all the same. */
  | 'reply-lost';

/** The controller died. Not a {@link PortError}, so nothing in the controller handles it. */
export class Crash extends Error {}

/**
 * Every external effect of all fakes passes here, in order, so that a test can count them and break any one of them.
 * A fault hits one effect once; after a crash no effect takes place until {@link Effects.revive}.
 */
export class Effects {
  readonly log: string[] = [];
  #fault: { readonly at: number; readonly kind: FaultKind } | undefined;
  #dead = false;

  /** @param at the number of the effect, counted from 1. */
  inject(at: number, kind: FaultKind): void {
    this.#fault = { at, kind };
  }

  get crashed(): boolean {
    return this.#dead;
  }

  /** The next controller's effects take place again. */
  revive(): void {
    this.#dead = false;
    this.#fault = undefined;
  }

  async run<T>(name: string, effect: () => T): Promise<T> {
    if (this.#dead) throw new Crash(`${name} by a controller that is dead`);
    this.log.push(name);
    const kind = this.#fault?.at === this.log.length ? this.#fault.kind : undefined;
    if (kind === 'refused') throw new PortError('retry', `${name}: connection refused`);
    if (kind === 'crash-before') throw this.#die(name);
    const result = effect();
    if (kind === 'crash-after') throw this.#die(name);
    if (kind === 'reply-lost') throw new PortError('retry', `${name}: connection reset`);
    return result;
  }

  #die(name: string): Crash {
    this.#dead = true;
    return new Crash(`died at ${name}`);
  }
}
