import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { isAbout, type Side } from './support/effect.js';
import { MOMENTS, type Moment } from './support/effects.js';
import { ending, Rig } from './support/rig.js';
import { faultsIt } from './support/table.js';

const SIDES: Readonly<Record<Side, string>> = {
  before: 'before it takes place',
  after: 'when it has taken place and its reply is on the way',
};
/** A job whose controller is killed for another one, too, has that to bear as well. */
const LANES = 4;
const DONE_MS = 120_000;
const FORGOTTEN_MS = 150_000;
/** A job that has ended has had its effects; a controller that was killed for one starts again within this time. */
const STRUCK_MS = 20_000;

describe('a job whose controller has a fault at one effect', function () {
  this.timeout(480_000);
  let rig: Rig;
  const names: string[] = [];

  before(async () => {
    rig = await Rig.create(['--session-timeout', '3s']);
    await rig.mpiswarm.start();
  });

  after(async () => rig.close());

  it('has no effect that is not among those below', async () => {
    const name = 'undisturbed';
    await rig.drop({ name, node: 0, spec: ownNetwork(name) });
    await rig.mpiswarm.waitDone(`default/${name}`);
    await rig.mpiswarm.remove(`${name}.yaml`);
    await rig.forgotten(name);
    const seen = rig.trap.done.filter(effect => isAbout(effect, name));
    const unknown = seen.filter(effect => !MOMENTS.some(moment => moment.is(effect)));
    expect(new Set(unknown.map(({ kind }) => kind))).to.deep.equal(new Set());
    const missed = MOMENTS.filter(({ is, nth = 1 }) => seen.filter(is).length < nth);
    expect(
      missed.map(({ title }) => title),
      'every one of those below is there',
    ).to.deep.equal([]);
  });

  for (const [side, when] of Object.entries(SIDES) as [Side, string][]) {
    faultsIt(
      `ends the same when the controller is killed at any one effect ${when}`,
      MOMENTS.map(() => `controller killed with SIGKILL at an effect, ${when}`),
      () =>
        inLanes(MOMENTS.map((moment, at) => () => disturbed(`killed-${side}-${at}`, moment, side, 'kill'))),
    );
  }

  faultsIt(
    'ends the same when the reply to any one effect is lost with its connection',
    MOMENTS.map(() => 'reply to an effect lost with its connection'),
    () => inLanes(MOMENTS.map((moment, at) => () => disturbed(`unheard-${at}`, moment, 'after', 'cut'))),
  );

  it('leaves nothing of all these jobs behind', async () => {
    expect(await rig.leftovers(names)).to.deep.equal([]);
  });

  /**
   * Runs a job to its end, removes its manifest, and disturbs the controller at that moment of the two. Where the controller is killed
   * for another job just while the reply is on its way, nobody sees it come: another job takes this one's place.
   */
  async function disturbed(name: string, moment: Moment, side: Side, how: 'kill' | 'cut'): Promise<string> {
    try {
      for (const again of ['', '-again', '-once-more']) {
        const told = await disturb(`${name}${again}`, moment, side, how);
        if (told !== undefined) return told;
      }
      throw new Error('the effect was never seen');
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${name}, at "${moment.title}" ${SIDES[side]}: ${message}`, { cause: error });
    }
  }

  /** @returns undefined when the job has ended, and is gone where the moment is of its removal, without the fault. */
  async function disturb(
    name: string,
    moment: Moment,
    side: Side,
    how: 'kill' | 'cut',
  ): Promise<string | undefined> {
    const { mpiswarm, trap } = rig;
    const { is, nth = 1 } = moment;
    const sprung = trap.arm({ job: name, is, nth, side }, how === 'kill' ? () => rig.kill() : undefined);
    // At once, because other jobs have the same controller
    const mended = sprung.then(() => rig.revive()).then(() => true);
    // Where the job itself failed, that is what is to be told
    mended.catch(() => undefined);
    const struck = () => Promise.race([mended, sleep(STRUCK_MS, false)]);
    try {
      const spec = moment.title === 'create network' ? ownNetwork(name) : {};
      const key = await rig.drop({ name, node: 0, spec });
      const record = await mpiswarm.waitDone(key, DONE_MS);
      expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
      expect(record.status.exitCode).to.equal(0);
      expect(record.status.runs, 'attempts').to.have.length(1);
      expect(await rig.starts(name), 'starts that the program itself counted').to.equal(1);
      const before = moment.atRemoval ? false : await struck();
      await mpiswarm.remove(`${name}.yaml`);
      names.push(name);
      if (moment.atRemoval) await rig.forgotten(name, FORGOTTEN_MS);
      return before || (moment.atRemoval && (await struck())) ? `${ending(record)}, 1 start` : undefined;
    } finally {
      trap.disarm(name);
      await rig.revive();
    }
  }
});

/** Several at a time, each lane one after the other. Throws when all have ended and one has failed. */
async function inLanes<T>(acts: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  const errors: Error[] = [];
  const waiting = [...acts.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, act] = next;
      try {
        results[at] = await act();
      } catch (error) {
        errors.push(error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (errors.length > 0)
    throw new Error(`${errors.length} failed: ${errors.map(({ message }) => message).join('\n')}`);
  return results;
}

function ownNetwork(name: string): Readonly<Record<string, unknown>> {
  return { network: { name: `${name}-net` } };
}
