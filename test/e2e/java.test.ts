import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { expandPlacement } from '../../controller/core/placed-ranks.js';
import { TestInstallation } from './support/installation.js';
import { OPENMPI_JAVA, ringOutput } from './support/manifest.js';

const EXAMPLES = '/opt/mpiswarm-java/examples/examples.jar';

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

  for (const [what, java, words] of [
    [
      'class',
      { mainClass: 'org.example.Missing', classPath: [EXAMPLES] },
      'could not find or load main class org.example.Missing',
    ],
    [
      'jar',
      { mainClass: 'dev.mpiswarm.examples.Ring', classPath: ['/opt/none.jar'] },
      'jar /opt/none.jar of the class path is not there',
    ],
  ] as const) {
    it(`never starts mpirun where a ${what} is missing, and says which`, async () => {
      const name = `missing-${what}`;
      await mpiswarm.drop(`${name}.yaml`, javaJob(name, java));
      const { status } = await mpiswarm.waitDone(`default/${name}`);
      expect(status.outcome, JSON.stringify(status)).to.equal('Failed');
      expect(status.reason).to.equal('LauncherFault');
      expect(status.message).to.contain(words);
      expect(status.runs.map(run => run.phases.running)).to.deep.equal([undefined]);
      expect((await mpiswarm.cli('describe', name)).stdout).to.contain(words);
    });
  }
});

function javaJob(name: string, java: object): string {
  const spec = { image: OPENMPI_JAVA, workers: { replicas: 2 }, java };
  return stringify({ apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata: { name }, spec });
}

function example(name: string): Promise<string> {
  return readFile(new URL(`../../manifests/twister2/${name}.yaml`, import.meta.url), 'utf8');
}
