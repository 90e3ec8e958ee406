import { elapsedMs, type Moment, moment } from '../../../controller/shared/moment.js';

export interface Silence {
  /** Something was asked at that moment, and answered. */
  answered(asked: Moment): void;
  /** It has lasted too long once; what comes after does not undo that. */
  isOver(): boolean;
  stop(): void;
}

const CHECK_MS = 500;

/**
 * Calls `act` once when nothing was answered for so long, by clocks that also go on while the machine sleeps. An answer counts from
 * when it was asked for, so a controller that waits for the same time after the last sign of life waits longer.
 */
export function silence(limitMs: number, act: () => void): Silence {
  let last = moment();
  let over = false;
  const timer = setInterval(() => {
    if (over || elapsedMs(last) <= limitMs) return;
    over = true;
    clearInterval(timer);
    act();
  }, CHECK_MS);
  return {
    answered: asked => {
      // After a sleep the answer may be handled before the timer is
      if (!over && elapsedMs(last, asked) <= limitMs) last = asked;
    },
    isOver: () => over,
    stop: () => clearInterval(timer),
  };
}
