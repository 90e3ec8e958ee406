import { expect } from 'chai';
import { Checkout } from '../../scripts/mutants/checkout.js';
import type { Mutant } from '../../scripts/mutants/mutant.js';

describe('a copy of the product for mutants', function () {
  this.timeout(120_000);
  let checkout: Checkout;

  before(async () => {
    checkout = await Checkout.make();
  });

  after(() => checkout.remove());

  it('has what tests read beside the product, so that they pass in it', async () => {
    expect(await checkout.failure(['test/core/reasons.test.ts'])).to.equal(undefined);
  });

  it('says which test fails before anything is taken out', async () => {
    expect(await checkout.failure(['test/core/none.test.ts'])).to.equal('the tests do not load');
  });

  it('says which test notices a mutant, and is whole again afterwards', async () => {
    const tests = ['test/core/text/pause.test.ts'];
    const mutant: Mutant = {
      ...{ idiom: 'a pause has an end', file: 'controller/core/text/pause.ts', tests },
      ...{ find: 'left <= longestMs', replace: 'true' },
    };
    expect((await checkout.run(mutant)).noticedBy).to.match(/pause/);
    expect(await checkout.failure(tests)).to.equal(undefined);
  });
});
