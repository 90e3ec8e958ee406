import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/swarm/engine.js';
import { expandPlacement } from '../../controller/core/placed-ranks.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { OPENMPI4 } from './support/manifest.js';

/** The three settings that the seed document asks for, word for word. */
const RESOURCE = `#overlay network name for docker containers
twister2.mesos.overlay.network.name: "mesos-overlay"

#Docker image name
twister2.docker.image.name: "twister2/twister2-mesos:docker-mpi"
`;
const CLIENT = `#Mesos will use docker container if the value is true.
twister2.use_docker_container: "true"
`;

describe('settings imported from Twister2, on three nodes', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    // The image that they name, as whoever has it would have it. Nodes know it by its content
    const image = engineClient(DOCKER).getImage(OPENMPI4);
    await image.tag({ repo: 'twister2/twister2-mesos', tag: 'docker-mpi' });
    await mpiswarm.start();
  });

  after(async () => {
    await mpiswarm.destroy();
    await engineClient(DOCKER).getImage('twister2/twister2-mesos:docker-mpi').remove();
  });

  it('give a manifest that runs, on the network and in the image that they name', async () => {
    const conf = join(mpiswarm.folder, 'conf');
    await mkdir(conf);
    await writeFile(join(conf, 'resource.yaml'), RESOURCE);
    await writeFile(join(conf, 'client.yaml'), CLIENT);
    const file = join(mpiswarm.manifests, 'seed.yaml');
    const imported = await mpiswarm.cli('import', 'twister2', conf, '-o', file);
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
});
