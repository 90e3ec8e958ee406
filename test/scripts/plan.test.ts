import { expect } from 'chai';
import { planOf } from '../../scripts/test/plan.js';

const FILES = [
  'test/core/model/names.test.ts',
  'test/core/ladder/facts.test.ts',
  'test/core/text/digest.test.ts',
];
const tests = FILES.map(file => ({ file, title: 'holds' }));

describe('the order of test files', () => {
  it('gives each process as much to do as the other, by the times of the last run', () => {
    const files = { [`${FILES[0]}`]: 1_000, [`${FILES[1]}`]: 5_000, [`${FILES[2]}`]: 3_000 };
    const { unit } = planOf(tests, { files }, 2, 1);
    expect(unit.map(job => job.files)).to.deep.equal([[FILES[1]], [FILES[2], FILES[0]]]);
  });

  it('starts no process that has nothing to do', () => {
    expect(planOf(tests.slice(0, 1), { files: {} }, 2, 1).unit).to.have.length(1);
  });

  it('has a process for each file that needs more than Node', () => {
    const real = ['test/agent/agent.real.test.ts', 'test/adapters/manifests/limits.real.test.ts'];
    const plan = planOf(
      real.map(file => ({ file, title: 'holds' })),
      { files: {} },
      2,
      1,
    );
    expect(plan.machine.map(job => job.files)).to.have.deep.members(real.map(file => [file]));
    expect(plan.unit).to.deep.equal([]);
  });
});
