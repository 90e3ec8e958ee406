import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Side } from './effect.js';
import type { Moment } from './effects.js';
import { ending, type Rig } from './rig.js';

export const SIDES: Readonly<Record<Side, string>> = {
  before: 'before it takes place',
  after: 'when it has taken place and its reply is on the way',
};
/** A job whose controller is killed for another one, too, has that to bear as well. */
const LANES = 4;
const DONE_MS = 120_000;
const FORGOTTEN_MS = 150_000;
/** A job that has ended has had its effects; a controller that was killed for one starts again within this time. */
const STRUCK_MS = 20_000;

export interface Disturbance {
  readonly moment: Moment;
  readonly side: Side;
  /** Whether the controller is killed, or only loses the reply with its connection. */
  readonly how: 'kill' | 'cut';
}

export interface Disturbed {
  readonly rig: Rig;
  /** Takes the names of the jobs. */
  readonly names: string[];
}

/**
 * Runs a job to its end, removes its manifest, and disturbs the controller at that moment of the two. Where the controller is killed
 * for another job just while the reply is on its way, nobody sees it come: another job takes this one's place.
 */
export async function disturbed(
  scene: Disturbed,
  name: string,
  { moment, side, how }: Disturbance,
): Promise<string> {
  try {
    for (const again of ['', '-again', '-once-more']) {
      const seen = await disturb(scene, `${name}${again}`, { moment, side, how });
      if (seen !== undefined) return seen;
    }
    throw new Error('the effect was never seen');
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${name}, at "${moment.title}" ${SIDES[side]}: ${message}`, { cause: error });
  }
}

/** @returns undefined when the job has ended, and is gone where the moment is of its removal, without the fault. */
async function disturb(
  { rig, names }: Disturbed,
  name: string,
  { moment, side, how }: Disturbance,
): Promise<string | undefined> {
  const { mpiswarm, trap } = rig;
  const { is, nth = 1 } = moment;
  const sprung = trap.arm({ job: name, is, nth, side }, how === 'kill' ? () => rig.kill() : undefined);
  // At once, because other jobs have the same controller
  const mended = sprung.then(() => rig.revive()).then(() => true);
  // Where the job itself failed, that is what is to be seen
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

/** Several at a time, each lane one after the other. Throws when all have ended and one has failed. */
export async function inLanes<T>(acts: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
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

export function ownNetwork(name: string): Readonly<Record<string, unknown>> {
  return { network: { name: `${name}-net` } };
}
