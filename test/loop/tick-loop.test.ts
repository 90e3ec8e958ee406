import { expect } from 'chai';
import type { Controller, TickResult } from '../../controller/loop/controller.js';
import { run } from '../../controller/loop/tick-loop.js';

/** Ticks that find what they are given, and the times at which they were. */
class Ticks {
  readonly at: number[] = [];
  readonly #ending = new AbortController();
  readonly #loop: ReturnType<typeof run>;

  constructor(result: TickResult) {
    const tick = async (): Promise<TickResult> => {
      this.at.push(performance.now());
      return result;
    };
    const controller = { tick } as unknown as Controller;
    this.#loop = run(controller, { tickMs: 20, idleTickMs: 200, signal: this.#ending.signal });
  }

  wake(): void {
    this.#loop.wake();
  }

  async for(ms: number): Promise<readonly number[]> {
    const from = this.at.length;
    await new Promise(resolve => setTimeout(resolve, ms));
    return this.at.slice(from).map((at, i, all) => at - (all[i - 1] ?? at));
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#loop.ended;
  }
}

describe('the loop', () => {
  it('polls less and less often while a job is open and nothing changes, and often again once something does', async () => {
    const ticks = new Ticks({ ok: true, changed: false, open: 1 });
    await ticks.for(900);
    const late = (await ticks.for(900)).slice(1);
    const rarely = Math.min(...late);
    expect(rarely, 'between looks after a second of quiet').to.be.greaterThan(60);
    ticks.wake();
    const soon = (await ticks.for(400)).slice(1);
    await ticks.end();
    expect(Math.min(...soon), 'between looks after an event').to.be.below(rarely);
  });

  it('polls at the usual pace while the world cannot be read', async () => {
    const ticks = new Ticks({ ok: false, changed: false, open: 0 });
    const looks = await ticks.for(1_000);
    await ticks.end();
    expect(looks.length).to.be.greaterThan(8);
  });
});
