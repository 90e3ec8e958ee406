import type { Controller } from './controller.js';

export interface LoopOptions {
  /** Longest time between two looks while a job is open, in milliseconds; a lost event costs at most this. */
  readonly tickMs: number;
  /** The same while every job is finished. */
  readonly idleTickMs: number;
  readonly signal: AbortSignal;
}

/**
 * Ticks until aborted: at once when something may have changed, again at once after a tick that changed the world, and
 * in any case after the interval. Two ticks never overlap.
 * @returns the function to call when something may have changed, and a promise that ends with the loop.
 */
export function run(
  controller: Controller,
  options: LoopOptions,
): { wake: () => void; ended: Promise<void> } {
  let pending = true;
  let wakeUp: (() => void) | undefined;
  const wake = (): void => {
    pending = true;
    wakeUp?.();
  };
  options.signal.addEventListener('abort', wake, { once: true });
  const loop = async (): Promise<void> => {
    while (!options.signal.aborted) {
      pending = false;
      const { changed, open, ok } = await controller.tick();
      if (changed || pending) {
        // What we changed takes a moment to show; looking again at once in a tight loop would find nothing new
        await pause(BREATH_MS);
        continue;
      }
      const interval = open > 0 || !ok ? options.tickMs : options.idleTickMs;
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, interval);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        if (pending) wakeUp();
      });
      wakeUp = undefined;
    }
  };
  return { wake, ended: loop() };
}

const BREATH_MS = 5;

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
