import { setImmediate as nextTurn } from 'node:timers/promises';

/** For so long, in milliseconds, work on many things may go on before other work of the process has its turn. */
const TURN_MS = 15;

/**
 * Long work on many things in turns: between two of them heartbeats are sent, answers are read and timers fire. What works
 * asks {@link Turns.over} after each thing, and then waits for {@link Turns.next}.
 */
export class Turns {
  #since: number;

  /** @param elapsed milliseconds of a clock that never jumps. */
  constructor(private readonly elapsed: () => number) {
    this.#since = elapsed();
  }

  /** Time that passed while nothing was worked on does not count. */
  begin(): void {
    this.#since = this.elapsed();
  }

  get over(): boolean {
    return this.elapsed() - this.#since >= TURN_MS;
  }

  /** Waits where the turn is over. */
  async pause(): Promise<void> {
    if (this.over) await this.next();
  }

  async next(): Promise<void> {
    await nextTurn();
    this.begin();
  }
}

/** What the function makes of each item, in order, in turns. */
export async function mapInTurns<T, R>(items: Iterable<T>, make: (item: T) => R, turns: Turns): Promise<R[]> {
  const made: R[] = [];
  for (const item of items) {
    if (turns.over) await turns.next();
    made.push(make(item));
  }
  return made;
}

/** Lets a generator do its work in turns: it yields where it may be interrupted. */
export async function finishInTurns<R>(work: Generator<unknown, R>, turns: Turns): Promise<R> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (turns.over) await turns.next();
  }
}

/** Starts all in turns, and waits until each has ended, well or not. */
export async function settleInTurns<T, R>(
  items: Iterable<T>,
  start: (item: T) => Promise<R>,
  turns: Turns,
): Promise<PromiseSettledResult<R>[]> {
  const started = await mapInTurns(
    items,
    item => {
      const one = start(item);
      // It may fail before the last one is started; the failure is among the results all the same
      one.catch(() => undefined);
      return one;
    },
    turns,
  );
  return Promise.allSettled(started);
}
