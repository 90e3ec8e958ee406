import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { expandPlacement } from '../../controller/core/placed-ranks.js';
import { TestInstallation } from './support/installation.js';
import { OPENMPI_JAVA, ringOutput } from './support/manifest.js';

describe('a Java program as MPI job, on three nodes', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  it('runs the ring of the examples, rank r on worker r, and prints what Twister2 printed', async () => {
    const text = await example('ring-java');
    expect(text).to.contain(OPENMPI_JAVA);
    await mpiswarm.drop('ring-java.yaml', text);
    const { status } = await mpiswarm.waitDone('default/ring-java');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const [run] = status.runs;
    expect((await mpiswarm.output(run?.id ?? '')).trim().split('\n').sort()).to.deep.equal(ringOutput(4));
    const placed = expandPlacement(run?.placement ?? []).map(({ rank, worker }) => [rank, worker]);
    expect(placed).to.deep.equal([0, 1, 2, 3].map(rank => [rank, rank]));
  });
});

function example(name: string): Promise<string> {
  return readFile(new URL(`../../manifests/twister2/${name}.yaml`, import.meta.url), 'utf8');
}
