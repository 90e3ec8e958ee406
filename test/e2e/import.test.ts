import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { DOCKER } from './support/installation.js';
import { OPENMPI_JAVA } from './support/manifest.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

/** The three settings that the seed document asks for, word for word. */
const RESOURCE = `#overlay network name for docker containers
twister2.mesos.overlay.network.name: "mesos-overlay"

#Docker image name
twister2.docker.image.name: "twister2/twister2-mesos:docker-mpi"
`;
const CLIENT = `#Mesos will use docker container if the value is true.
twister2.use_docker_container: "true"
`;

const JOB = `twister2.job.name: hello
twister2.job.worker.class: dev.mpiswarm.examples.HelloWorld
twister2.job.class.path: [/opt/mpiswarm-java/examples/examples.jar]
twister2.job.workers: 3
twister2.job.config: { hello-key: imported, hello-sleep-seconds: 1 }
`;

describe('settings imported from Twister2, on three nodes @java @full', function () {
  this.timeout(180_000);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('import');
    // The image that they name, as whoever has it would have it. Nodes know it by its content
    const image = engineClient(DOCKER).getImage(OPENMPI_JAVA);
    await image.tag({ repo: 'twister2/twister2-mesos', tag: 'docker-mpi' });
    await mkdir(conf());
    await writeFile(join(conf(), 'resource.yaml'), RESOURCE);
    await writeFile(join(conf(), 'client.yaml'), CLIENT);
  });

  after(async () => {
    await mpiswarm.close(() =>
      removeUnused(engineClient(DOCKER).getImage('twister2/twister2-mesos:docker-mpi')),
    );
  });

  const conf = (): string => join(mpiswarm.folder, 'conf');

  it('give a manifest that runs on the network and in the image that they name', async () => {
    const file = join(mpiswarm.manifests, 'seed.yaml');
    const imported = await mpiswarm.cli('import', 'twister2', conf(), '-o', file);
    expect(imported.code, imported.stderr).to.equal(0);
    expect(imported.stdout).to.equal('');

    const { status } = await mpiswarm.waitDone('default/twister2-job');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const [run] = status.runs;
    const lines = (await mpiswarm.output(run?.id ?? '')).trim().split('\n');
    expect(new Set(lines).size, 'four host names').to.equal(4);
    const placed = expandPlacement(run?.placement ?? []).map(({ rank, worker }) => [rank, worker]);
    expect(placed).to.deep.equal([0, 1, 2, 3].map(rank => [rank, rank]));
    const networks = await engineClient(DOCKER).listNetworks({ filters: { name: ['mesos-overlay'] } });
    expect(networks.map(({ Driver }) => Driver)).to.deep.equal(['overlay']);
  });

  it('give, with the file of a job, a worker class that runs and has its configuration', async () => {
    const job = join(mpiswarm.folder, 'job.yaml');
    await writeFile(job, JOB);
    const file = join(mpiswarm.manifests, 'hello.yaml');
    const imported = await mpiswarm.cli('import', 'twister2', conf(), '--job', job, '-o', file);
    expect(imported.code, imported.stderr).to.equal(0);

    const { status } = await mpiswarm.waitDone('default/hello');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const lines = (await mpiswarm.output(status.runs[0]?.id ?? '')).split('\n');
    for (const rank of [0, 1, 2]) {
      expect(lines).to.include(
        `Hello World from Worker ${rank}; there are 3 total workers and I got a message: imported`,
      );
    }
  });
});
