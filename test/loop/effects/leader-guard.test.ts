import { expect } from 'chai';
import { guard } from '../../../controller/loop/effects/leader-guard.js';
import { LeadershipLost } from '../../../controller/ports/errors.js';
import type { OutputChunk } from '../../../controller/ports/output-store.js';
import { Scene } from '../scene.js';

const RUN = 'ring-1a2b3c4d-1';

describe('output that is being stored when the term ends', () => {
  for (const [when, after] of [
    ['on the way', 1],
    ['after the last of it', 2],
  ] as const) {
    it(`is not stored: ${when}`, async () => {
      const { swarm, stateStore, images, packages, outputs, runtime } = new Scene();
      let over = false;
      const guarded = guard({ swarm, stateStore, images, packages, outputs, runtime }, () => {
        if (over) throw new LeadershipLost('the lead is lost');
      });
      async function* chunks(): AsyncIterable<OutputChunk> {
        for (const count of [1, 2]) {
          yield { stream: 'stdout', data: Buffer.from('hello') };
          over = count === after;
        }
      }
      const failure: unknown = await guarded.outputs.store(RUN, chunks()).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(LeadershipLost);
      expect((await outputs.stored()).size).to.equal(0);
    });
  }
});
