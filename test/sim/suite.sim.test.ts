import { expect } from 'chai';
import { failureLines, report } from '../../scripts/sim/report.js';
import { type Figures, noFigures } from './figures.js';
import { playAll } from './shards.js';

/** The whole suite takes about three minutes of two cores; many times that at low priority beside two clusters. */
const TIMEOUT_MS = 2_400_000;

const ENDING = [
  'edit-spec',
  'suspend',
  'suspend-resume',
  'suspend-blink',
  'cancel',
  'rerun',
  'delete',
  'delete-create-slow',
];

/** Each suite, with the plans that it has at least. */
for (const { suite, title, plans } of [
  {
    suite: 'short',
    title: 'a simulated world in which each kind of fault strikes some moments',
    plans: 3_000,
  },
  {
    suite: 'regular',
    title: 'a simulated world in which each kind of fault strikes every moment @full',
    plans: 12_500,
  },
]) {
  describe(title, function () {
    this.timeout(TIMEOUT_MS);
    let figures: Figures = noFigures();

    before(async () => {
      const played = await playAll(['--suite', suite]);
      figures = played.figures;
      console.log(report({ ...played, suite, seed: '1' }));
    });

    it('comes to the end that its manifests ask for, and stays there', () => {
      expect(failureLines(figures).join('\n')).to.equal('');
    });

    it('lets each edit that ends a run meet an mpirun that is alive', () => {
      expect(figures.stops).to.include.keys(ENDING);
    });

    it('runs no plan whose fault does not take effect', () => {
      expect(figures.missed).to.deep.equal({});
    });

    it(`has been through ${plans.toLocaleString('en')} plans and more`, () => {
      expect(figures.plans).to.be.at.least(plans);
    });
  });
}
