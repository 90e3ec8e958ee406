import type { Controller } from './controller.js';

export interface LoopOptions {
  /** Longest time between ticks while an open job makes progress, in ms; a lost event costs at most this. */
  readonly tickMs: number;
  /** The same while every job is finished, or nothing has moved for long. */
  readonly idleTickMs: number;
  readonly signal: AbortSignal;
}

/** Without progress, the next tick is due after this fraction of the idle time. */
const QUIET_PART = 1 / 10;
/** What we changed, or what others are just changing in several steps, takes a moment to show. */
const BREATH_MS = 20;
/** Swarm's managers learn of a container's end about 200 ms after the engine's event, without an event of their own. */
const SECOND_LOOK_MS = 250;

/**
 * Ticks until aborted: at once when something may have changed, again soon after a tick that changed the world or was
 * caused by an event, and in any case after the interval. Two ticks never overlap.
 * @returns the function to call when something may have changed, and a promise that ends with the loop.
 */
export function run(
  controller: Controller,
  options: LoopOptions,
): { wake: () => void; ended: Promise<void> } {
  const bell = new Bell();
  options.signal.addEventListener('abort', bell.ring, { once: true });
  const loop = async (): Promise<void> => {
    let woken = true;
    let moved = performance.now();
    while (!options.signal.aborted) {
      bell.silence();
      const { changed, open, ok } = await controller.tick();
      if (changed || woken || !ok) moved = performance.now();
      const quiet = (performance.now() - moved) * QUIET_PART;
      const regular = open > 0 || !ok ? clamp(quiet, options) : options.idleTickMs;
      if (changed || bell.rang) await pause(BREATH_MS);
      woken = changed || (await bell.within(woken && open > 0 ? Math.min(SECOND_LOOK_MS, regular) : regular));
    }
  };
  return { wake: bell.ring, ended: loop() };
}

class Bell {
  rang = false;
  #listener: (() => void) | undefined;

  readonly ring = (): void => {
    this.rang = true;
    this.#listener?.();
  };

  silence(): void {
    this.rang = false;
  }

  /** Waits until it rings, at most that long; at once when it rang already. Returns whether it rang. */
  async within(ms: number): Promise<boolean> {
    if (this.rang) return true;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#listener = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#listener = undefined;
    return this.rang;
  }
}

function clamp(ms: number, { tickMs, idleTickMs }: LoopOptions): number {
  return Math.max(tickMs, Math.min(ms, idleTickMs));
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
