import { expect } from 'chai';
import { reference } from './enumerate.js';
import { formatPlan, parsePlan } from './plan.js';
import { play } from './play.js';
import { Random } from './random.js';

const PLANS = [
  'ring:',
  'ring:crash-during@e7,crash-after@e9',
  'ring:crash-late5@e13',
  'retry:lost@e20,stale-swarm-3@t9',
  'suspend:zk-hole@running',
  'edit:engine-hole-replies@registered',
  'long:late5@e22',
  'halt:cancel@Stopping',
  'two:doubled@e14,conflict@e22,blocked@e30',
];

describe('a plan', () => {
  for (const id of PLANS) {
    it(`${id} reads back as it was written`, () => {
      expect(formatPlan(parsePlan(id))).to.equal(id);
    });

    it(`${id} ends as the workload does without it, and the same way each time`, async () => {
      const plan = parsePlan(id);
      const known = await reference(plan.workload);
      const first = await play(plan, known);
      expect(first.violations, first.trace.join('\n')).to.deep.equal([]);
      expect(first.struck).to.equal(true);
      expect((await play(plan, known)).trace).to.deep.equal(first.trace);
    });
  }

  for (const id of ['long:cancel@running', 'long:edit-spec@running', 'long:delete@running']) {
    it(`${id} asks an mpirun to end that is alive`, async () => {
      const plan = parsePlan(id);
      const { stopped, violations, trace } = await play(plan, await reference(plan.workload));
      expect(violations, trace.join('\n')).to.deep.equal([]);
      expect(stopped).to.equal(true);
    });
  }

  it('that is not a plan is refused', () => {
    expect(() => parsePlan('ring')).to.throw('WORKLOAD:KIND@MOMENT');
    expect(() => parsePlan('ring:lost')).to.throw('KIND@MOMENT');
  });

  it('is the same walk for the same seed', () => {
    const numbers = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.below(1_000));
    };
    expect(numbers(7)).to.deep.equal(numbers(7)).and.not.deep.equal(numbers(8));
  });
});
