/** A write that the controller sends to the outside world, as a proxy between the two reads it. */
export interface Effect {
  readonly on: 'engine' | 'zookeeper';
  /** What it does, without names: `create service launcher`, `store record`. */
  readonly kind: string;
  /** Name of what it is done to: a service's name, a znode's path. */
  readonly about: string;
  /** Of a job's record: the phase and the outcome in it. */
  readonly phase?: string;
  readonly outcome?: string;
}

/** A moment of an effect: not sent yet; or done, and the reply is still on its way. */
export type Side = 'before' | 'after';

export interface Wish {
  /** Name of the job that it is about. */
  readonly job: string;
  readonly is: (effect: Effect) => boolean;
  /** Which of the effects that match, counted from 1. */
  readonly nth?: number;
  readonly side: Side;
}

interface Armed {
  readonly wish: Wish;
  left: number;
  readonly spring: (effect: Effect) => void;
}

export type Passage = 'pass' | 'drop';

/**
 * Sees every effect on its way out and its reply on the way back, and decides whether it gets through. A proxy that is
 * told to drop something cuts the connection that it came on.
 */
export class Trap {
  /** Every effect that reached the other side, in order. */
  readonly done: Effect[] = [];
  readonly #armed = new Map<string, Armed>();
  #refused: ((effect: Effect) => boolean) | undefined;
  #frozen = false;

  /** Asked by a proxy before it passes an effect on. */
  out(effect: Effect): Passage {
    if (this.#frozen || this.#refused?.(effect)) return 'drop';
    if (this.#springs(effect, 'before')) return 'drop';
    this.done.push(effect);
    return 'pass';
  }

  /** Asked by a proxy before it passes an effect's reply back. */
  back(effect: Effect): Passage {
    // Also where the process was killed for another's sake while the reply was on the way: it will not come again
    const sprung = this.#springs(effect, 'after');
    return this.#frozen || sprung ? 'drop' : 'pass';
  }

  /**
   * Drops one effect of a job, or its reply, and calls `spring` in the same moment.
   * @returns the effect, once it came.
   */
  arm(wish: Wish, spring: () => void = () => undefined): Promise<Effect> {
    return new Promise(resolve => {
      const sprung = (effect: Effect): void => {
        spring();
        resolve(effect);
      };
      this.#armed.set(wish.job, { wish, left: wish.nth ?? 1, spring: sprung });
    });
  }

  disarm(job: string): void {
    this.#armed.delete(job);
  }

  /** From now on nothing gets through any more: what a killed process sent in its last moment came too late. */
  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
  }

  /** Drops every effect that is so, until called with undefined. */
  refuse(is: ((effect: Effect) => boolean) | undefined): void {
    this.#refused = is;
  }

  #springs(effect: Effect, side: Side): boolean {
    const armed = [...this.#armed.values()].find(({ wish }) => isAbout(effect, wish.job));
    if (!armed || armed.wish.side !== side || !armed.wish.is(effect)) return false;
    armed.left -= 1;
    if (armed.left > 0) return false;
    this.disarm(armed.wish.job);
    armed.spring(effect);
    return true;
  }
}

/** Names of runs, services and znodes begin with the job's. */
export function isAbout({ about }: Effect, job: string): boolean {
  const name = about.split('/').find(part => part.includes(job)) ?? '';
  return name === job || name.startsWith(`${job}-`) || name === `default.${job}`;
}
