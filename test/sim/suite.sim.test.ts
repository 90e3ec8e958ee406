import { expect } from 'chai';
import { failureLines, report } from '../../scripts/sim/report.js';
import { type Figures, noFigures } from './figures.js';
import { playAll } from './shards.js';

/** The whole suite takes about three minutes of two cores; many times that beside other work. */
const TIMEOUT_MS = 900_000;

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

describe('the simulated world @full', function () {
  this.timeout(TIMEOUT_MS);
  let figures: Figures = noFigures();

  before(async () => {
    const played = await playAll(['--suite', 'regular']);
    figures = played.figures;
    console.log(report({ ...played, suite: 'regular', seed: '1' }));
  });

  it('comes to the end that its manifests ask for, and stays there, whatever one fault strikes wherever', () => {
    expect(failureLines(figures).join('\n')).to.equal('');
  });

  it('lets each edit that ends a run meet an mpirun that is alive', () => {
    expect(figures.stops).to.include.keys(ENDING);
  });

  it('plays no plan whose fault does not strike', () => {
    expect(figures.missed).to.deep.equal({});
  });

  it('has been through 6,000 plans and more', () => {
    expect(figures.plans).to.be.at.least(6_000);
  });
});
