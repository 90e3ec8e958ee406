import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { type SingleFlight, singleFlight } from '../../controller/shared/single-flight.js';

/** A step whose runs end when asked to. */
function steps() {
  const ends: (() => void)[] = [];
  let started = 0;
  const step = (): Promise<void> => {
    started++;
    return new Promise(resolve => ends.push(resolve));
  };
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await turn();
  };
  return { step, end, started: () => started };
}

describe('a step that runs once at a time', () => {
  it('starts at once when it does not run', async () => {
    const { step, end, started } = steps();
    const call = singleFlight(step);
    call();
    expect(started()).to.equal(1);
    await end();
    call();
    expect(started()).to.equal(2);
  });

  it('runs once more after its run, for any number of calls during it', async () => {
    const { step, end, started } = steps();
    const call = singleFlight(step);
    for (let i = 0; i < 4; i++) call();
    expect(started()).to.equal(1);
    await end();
    expect(started()).to.equal(2);
    await end();
    expect(started()).to.equal(2);
  });

  it('runs again when it calls for that itself, also before it waits for anything', async () => {
    const order: string[] = [];
    let left = 2;
    const call: SingleFlight = singleFlight(async () => {
      order.push('start');
      if (left-- > 0) call();
      await turn();
      order.push('end');
    });
    call();
    await call.idle();
    expect(order).to.deep.equal(['start', 'end', 'start', 'end', 'start', 'end']);
  });

  it('is idle when all runs that were called for have ended', async () => {
    const { step, end } = steps();
    const call = singleFlight(step);
    await call.idle();
    call();
    call();
    let idle = false;
    void call.idle().then(() => {
      idle = true;
    });
    await end();
    expect(idle).to.equal(false);
    await end();
    expect(idle).to.equal(true);
  });

  it('may be called again after it threw', async () => {
    let fails = true;
    const call = singleFlight(async () => {
      if (fails) throw new Error('a bug');
    });
    call();
    expect(await call.idle().catch((error: Error) => error.message)).to.equal('a bug');
    fails = false;
    call();
    await call.idle();
  });
});
