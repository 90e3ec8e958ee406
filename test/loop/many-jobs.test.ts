import { expect } from 'chai';
import type { SwarmWorld } from '../../controller/core/model/world.js';
import { finishedJobs } from '../support/finished-jobs.js';
import { FinishedScene } from '../support/finished-scene.js';
import { manifest } from './scene.js';

const AT = 1_700_000_000_000;

/** Counts how often an element of a list is read; beyond the limit it fails, as a product of two lists would take for ever. */
class Reads {
  count = 0;

  constructor(private readonly limit: number) {}

  of(world: SwarmWorld): SwarmWorld {
    const { services, tasks, secrets, configs } = world;
    return {
      ...world,
      services: this.#counted(services),
      tasks: this.#counted(tasks),
      secrets: this.#counted(secrets),
      configs: this.#counted(configs),
    };
  }

  #counted<T>(list: readonly T[]): readonly T[] {
    return new Proxy(list, {
      get: (target, name, receiver) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) this.count += 1;
        if (this.count > this.limit) throw new Error(`lists were read ${this.limit} times`);
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  }
}

/** How often elements of lists are read in one tick in which all jobs are assessed. */
async function readsOfTick(count: number): Promise<number> {
  const make = await finishedJobs(AT);
  const scene = new FinishedScene(Array.from({ length: count }, (_, i) => make(i)));
  scene.manifests.put('fresh.yaml', manifest('fresh'));
  const reads = new Reads(count * 500);
  scene.seen = world => reads.of(world);
  await scene.tick();
  const troubles = scene.news.filter(({ kind }) => kind === 'command-failed' || kind === 'world-unreadable');
  expect(troubles).to.deep.equal([]);
  expect(scene.job('default/fresh').status.runs).to.have.length(1);
  return reads.count;
}

describe('thousands of finished jobs, each with a launcher, secrets and a config left', () => {
  it('cost a tick in which all are assessed no more than their number', async () => {
    const [few, many] = [await readsOfTick(300), await readsOfTick(900)];
    expect(many / few).to.be.within(2, 3.5);
    expect(await readsOfTick(3_000)).to.be.below(few * 12);
  });
});

describe('a tick over very many jobs', () => {
  it('lets other work of the process have its turn again and again', async () => {
    const count = 1_000;
    const make = await finishedJobs(AT);
    const scene = new FinishedScene(Array.from({ length: count }, (_, i) => make(i)));
    let clock = 0;
    // Each job takes a millisecond
    scene.runtime.elapsed = () => {
      clock += 1;
      return clock;
    };
    let turns = 0;
    const next = (): void => {
      turns += 1;
      immediate = setImmediate(next);
    };
    let immediate = setImmediate(next);
    await scene.tick();
    clearImmediate(immediate);
    expect(turns).to.be.at.least(count / 20);
  });
});
