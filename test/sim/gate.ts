import { PortError } from '../../controller/ports/errors.js';

/** The controller died. Not a {@link PortError}, so nothing in the controller handles it. */
export class Crash extends Error {}

/** One external effect of a controller. */
export interface Effect {
  readonly verb: string;
  readonly target: string;
  /** What is given along, in words for people. */
  readonly detail?: () => string;
}

/** What a gate needs of the world around it. */
export interface Surroundings {
  /** Numbers the effect, from 1, and says which faults strike it. */
  begin(effect: Effect): { readonly n: number; readonly kinds: readonly string[] };
  /** Lets the effect take hold now; `late` when the world may have moved on since it was decided. */
  perform<T>(effect: Effect, act: () => Promise<T>, late?: 'late'): Promise<T>;
  /** Lets it take effect so many ticks later, whichever controller is alive then. */
  later(ticks: number, effect: Effect, act: () => Promise<unknown>): void;
  /** Virtual time passes while the caller waits. */
  sleep(ms: number): Promise<void>;
  /** The process is stopped for so long that another one leads when it goes on. */
  stop(): Promise<void>;
  /** Something is asked for that is no effect: it goes on in the background. */
  asked(request: Effect): void;
  /** Somebody else changes what the effect is about to replace. */
  interfere(effect: Effect): void;
}

/** A call that is never answered fails at its deadline. */
export const DEADLINE_MS = 10_000;
const SLOW_MS = 3_000;

/** Everything that one controller process does to the world passes here, and nothing does any more once it died. */
export class Gate {
  #dead = false;

  constructor(private readonly around: Surroundings) {}

  get dead(): boolean {
    return this.#dead;
  }

  /** The process is gone: what it still asks for fails as nothing that it could handle. */
  kill(): void {
    this.#dead = true;
  }

  check(what: string): void {
    if (this.#dead) throw new Crash(`${what} by a controller that is dead`);
  }

  ask(request: Effect, act: () => void): void {
    this.check(request.verb);
    this.around.asked(request);
    act();
  }

  async effect<T>(effect: Effect, act: () => Promise<T>): Promise<T> {
    const what = `${effect.verb} ${effect.target}`;
    this.check(what);
    const { n, kinds } = this.around.begin(effect);
    for (const kind of kinds) {
      const wound = /^(late|crash-late)(\d+)$/.exec(kind);
      if (wound) {
        this.around.later(Number(wound[2]), effect, act);
        if (wound[1] === 'crash-late') throw this.#die(what);
        throw new PortError('retry', `${what}: no answer within ${DEADLINE_MS} ms`);
      }
      const done = await this.#strike(kind, { effect, act, what });
      if (done) return done.value;
    }
    const value = await this.around.perform(effect, act);
    if (this.#dead) throw new Crash(`died at effect ${n}`);
    return value;
  }

  /** The reply, where the fault decides on it; undefined where the effect goes on as if nothing had been. */
  async #strike<T>(
    kind: string,
    call: { readonly effect: Effect; readonly act: () => Promise<T>; readonly what: string },
  ): Promise<{ readonly value: T } | undefined> {
    const { effect, act, what } = call;
    const perform = () => this.around.perform(effect, act);
    switch (kind) {
      case 'crash-before':
        throw this.#die(what);
      case 'crash-during':
        // What was sent in the same breath is lost
        this.#dead = true;
        await perform();
        throw new Crash(`died at ${what}`);
      case 'crash-after':
        // What was sent in the same breath takes hold too
        queueMicrotask(() => this.kill());
        await perform();
        throw this.#die(what);
      case 'refused':
        throw new PortError('retry', `${what}: 503 not now`);
      case 'blocked':
        throw new PortError('blocked', `${what}: 403 not allowed`);
      case 'lost':
        await perform();
        throw new PortError('retry', `${what}: connection reset`);
      case 'doubled':
        await perform();
        return undefined;
      case 'pause':
        // Between the last check of the lease and the call
        await this.around.stop();
        this.check(what);
        return { value: await this.around.perform(effect, act, 'late') };
      case 'pause-after': {
        const value = await perform();
        await this.around.stop();
        this.check(what);
        return { value };
      }
      case 'conflict':
        this.around.interfere(effect);
        return undefined;
      case 'slow': {
        const value = await perform();
        await this.around.sleep(SLOW_MS);
        this.check(what);
        return { value };
      }
      case 'hang':
        await this.around.sleep(DEADLINE_MS);
        this.check(what);
        throw new PortError('retry', `${what}: no answer within ${DEADLINE_MS} ms`);
      case 'hang-done':
        await perform();
        await this.around.sleep(DEADLINE_MS);
        this.check(what);
        throw new PortError('retry', `${what}: no answer within ${DEADLINE_MS} ms`);
      default:
        throw new Error(`no fault of an effect is called ${kind}`);
    }
  }

  #die(what: string): Crash {
    this.#dead = true;
    return new Crash(`died at ${what}`);
  }
}

/** Faults of one effect, by what they do to it. `late5` takes hold five ticks later. */
export const EFFECT_FAULTS = {
  crash: ['crash-before', 'crash-during', 'crash-after', 'crash-late1', 'crash-late5', 'crash-late20'],
  reply: [
    'refused',
    'blocked',
    'lost',
    'doubled',
    'conflict',
    'slow',
    'hang',
    'hang-done',
    'late1',
    'late5',
    'late20',
  ],
  leader: ['pause', 'pause-after'],
} as const;
