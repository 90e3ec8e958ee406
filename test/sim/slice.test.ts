import { expect } from 'chai';
import { effectPlans, reference } from './enumerate.js';
import { play } from './play.js';

/** What is played of the simulation wherever the unit tests run; `npm test` plays more of it, and test:full all. */
const SLICE = [
  { workload: 'ring', kinds: /^(crash-during|late5|pause-after)$/ },
  { workload: 'delete', kinds: /^crash-after$/ },
];
const TIMEOUT_MS = 120_000;

describe('a slice of the simulated world', function () {
  this.timeout(TIMEOUT_MS);

  for (const { workload, kinds } of SLICE) {
    it(`${workload}: ends the same whatever strikes at each effect`, async () => {
      const known = await reference(workload);
      const plans = effectPlans(workload, known).filter(({ faults }) =>
        faults.every(one => kinds.test(one.kind)),
      );
      expect(plans.length).to.be.greaterThan(30);
      for (const plan of plans) {
        const { id, violations } = await play(plan, known);
        expect(violations, id).to.deep.equal([]);
      }
    });
  }
});
