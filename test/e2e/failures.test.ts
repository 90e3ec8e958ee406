import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { DOCKER } from './support/installation.js';
import { type ManifestParts, manifest, OPENMPI4, OPENMPI5 } from './support/manifest.js';
import { imageThatLosesItsHosts } from './support/mpirun-images.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const workers = { replicas: 2 };
const VERSIONS = [
  ['4', OPENMPI4],
  ['5', OPENMPI5],
] as const;
const MODES = ['Dedicated', 'Worker0'] as const;

describe('a job that fails on the real cluster', function () {
  this.timeout(150_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('failures');
  });

  after(async () => mpiswarm.close());

  it('has exit code 7 in its status, and its output can be read after clean-up', async () => {
    const text = manifest('seven', {
      workers,
      command: ['sh', '-c', 'echo out of $OMPI_COMM_WORLD_RANK; echo to stderr >&2; exit 7'],
      spec: { runPolicy: { cleanUpPolicy: 'All' } },
    });
    await mpiswarm.drop('seven.yaml', text);
    const status = failed(await mpiswarm.waitDone('default/seven'));
    expect(status.exitCode).to.equal(7);
    expect(status.reason).to.equal('NonZeroExitCode');
    const services = await docker.listServices({ filters: { label: [`${LABEL.job}=default/seven`] } });
    expect(services, 'cleaned up').to.deep.equal([]);
    const logs = await mpiswarm.cli('logs', 'seven');
    expect(logs.code).to.equal(0);
    expect(logs.stdout).to.match(/out of [01]/);
    expect(logs.stderr).to.include('to stderr');
    const described = await mpiswarm.cli('describe', 'seven');
    expect(described.stdout).to.match(/exit code.*7/i);
  });

  describe('in other ways @full', () => {
    let ended: Ended;

    before(async () => {
      const image = await imageThatLosesItsHosts(docker, OPENMPI5);
      const { Name: hostname } = await docker.info();
      const placement = { constraints: [`node.hostname==${hostname}`] };
      const gathered = MODES.map(mode => {
        const parts = { image, command: ['placement'], spec: { launcher: { mode } } };
        return [`gathered-${mode.toLowerCase()}`, { ...parts, workers: { ...workers, placement } }] as const;
      });
      const ofMpirun = VERSIONS.flatMap(([version, image]): (readonly [string, ManifestParts])[] => [
        [`nowhere-${version}`, { image, workers, command: ['no-such-program'] }],
        [`crowded-${version}`, { image, workers, spec: { mpi: { processes: 5 } } }],
        [`mca-${version}`, { image, workers, spec: { mpi: { mca: { btl: 'nosuch' } } } }],
      ]);
      const texts = [...ofMpirun, ...gathered].map(([name, parts]) => [name, manifest(name, parts)] as const);
      ended = together(mpiswarm, Object.fromEntries(texts));
    });

    for (const [version] of VERSIONS) {
      it(`shows mpirun's message for a missing program, Open MPI ${version}`, async () => {
        const status = failed(await ended(`nowhere-${version}`));
        expect(status.message).to.include('no-such-program');
        expect(status.exitCode).to.be.greaterThan(0);
      });

      it(`shows mpirun's message for too few slots, Open MPI ${version}`, async () => {
        expect(failed(await ended(`crowded-${version}`)).message).to.match(/not enough slots/i);
      });

      it(`shows mpirun's message for a wrong MCA value, Open MPI ${version}`, async () => {
        const status = failed(await ended(`mca-${version}`));
        const said = (await mpiswarm.cli('logs', `mca-${version}`)).stderr;
        // On a busy machine, Open MPI 5.0.7 now and then ends before it has printed why MPI_Init failed
        if (version === '4' || said.includes('nosuch')) expect(status.message).to.match(/nosuch|btl/);
        else expect(status.message).to.match(/prterun detected that one or more processes exited/);
      });
    }

    for (const mode of MODES) {
      it(`does not succeed when ranks ran in the wrong place with exit code 0, launcher ${mode}`, async () => {
        const name = `gathered-${mode.toLowerCase()}`;
        const status = failed(await ended(name));
        const place = mode === 'Worker0' ? 'worker 0' : 'the launcher';
        expect(status.exitCode, "mpirun's own exit code").to.equal(0);
        expect(status.reason).to.equal('RanksMisplaced');
        expect(status.message).to.include(`rank 1 ran on ${place}, expected worker 1`);
        const described = await mpiswarm.cli('describe', name);
        expect(described.stdout).to.include('RanksMisplaced');
      });
    }
  });

  it("waits while its image is unavailable, shows the engine's message, and starts once the image is there @full", async () => {
    await mpiswarm.drop(
      'imageless.yaml',
      manifest('imageless', { image: 'mpiswarm/no-such-image:1', workers }),
    );
    const record = await mpiswarm.waitFor('default/imageless', ({ status }) =>
      status.waitingOn.some(w => w.reason === 'ImageUnavailable'),
    );
    expect(record.status.phase).to.equal('pending');
    expect(record.status.waitingOn[0]?.message).to.include('mpiswarm/no-such-image:1');
    expect(record.status.runs).to.have.length(1);
    const described = await mpiswarm.cli('describe', 'imageless');
    expect(described.stdout).to.include('ImageUnavailable');
    await docker.getImage(OPENMPI5).tag({ repo: 'mpiswarm/no-such-image', tag: '1' });
    const done = await mpiswarm.waitDone('default/imageless', 100_000);
    await removeUnused(docker.getImage('mpiswarm/no-such-image:1'));
    expect(done.status.outcome, 'started once the image was there').to.equal('Succeeded');
    expect(done.status.runs, 'waiting for an image is no attempt').to.have.length(1);
  });
});

function failed({ status }: JobRecord): JobRecord['status'] {
  expect(status.outcome, JSON.stringify(status)).to.equal('Failed');
  return status;
}
