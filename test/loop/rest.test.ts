import { expect } from 'chai';
import { manifest, Scene } from './scene.js';

const KEY = 'default/ring';
/** As of the controller while a job is open. */
const TICK_MS = 2_000;

describe('a job for which there is nothing to do', () => {
  const jobs: Readonly<Record<string, Parameters<typeof manifest>[1]>> = {
    'is suspended': { runPolicy: { suspend: true } },
    'waits for an image that nobody has': { image: 'no-such-image:1' },
    'waits for a node that meets its constraint': {
      workers: { placement: { constraints: ['node.labels.nowhere==true'] } },
    },
    'is finished': {},
  };

  for (const [title, spec] of Object.entries(jobs)) {
    it(`costs no write in 20 ticks when it ${title}`, async () => {
      const world = new Scene();
      world.images.missing.set('no-such-image:1', 'manifest unknown');
      world.manifests.put('ring.yaml', manifest('ring', spec));
      await world.rounds(100);
      const before = world.stateStore.jobs.get(KEY)?.version;
      for (let tick = 0; tick < 20; tick++) {
        world.step(TICK_MS);
        await world.tick();
      }
      expect(world.stateStore.jobs.get(KEY)?.version).to.equal(before);
    });
  }
});
