import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { stringify } from 'yaml';
import { engineClient, statusCode } from '../../controller/adapters/docker/engine.js';
import { openCluster } from '../../scripts/cluster/cluster.js';
import { run } from '../images/container.js';
import { DOCKER, until } from './support/installation.js';
import { OPENMPI_JAVA } from './support/manifest.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

const EXAMPLES = '/opt/mpiswarm-java/examples/examples.jar';
const VOLUME = 'java-package-test-logs';

describe('a Java job whose jar is beside its manifest, on three nodes @java @full', function () {
  this.timeout(180_000);
  let mpiswarm: SharedInstallation;
  /** A jar with worker classes, as a build would leave it. */
  let jar: Buffer;

  before(async () => {
    const read = await run(engineClient(DOCKER), OPENMPI_JAVA, ['base64', EXAMPLES]);
    jar = Buffer.from(read.stdout, 'base64');
    mpiswarm = await sharedInstallation('java-package');
  });

  after(async () => {
    const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
    await mpiswarm.close(async () => {
      for (const node of cluster.nodes.keys()) await removeVolume(cluster.docker(node));
    });
  });

  async function drop(name: string, content: Buffer): Promise<void> {
    await writeFile(join(mpiswarm.manifests, `${name}.jar`), content);
    const spec = {
      image: OPENMPI_JAVA,
      workers: { replicas: 3, maxPerNode: 1, volumes: [{ name: VOLUME, mountPath: '/logs' }] },
      package: `${name}.jar`,
      java: { workerClass: 'dev.mpiswarm.examples.HelloWorld' },
      configuration: { 'hello-sleep-seconds': 0, 'mpiswarm.worker.log.folder': `/logs/${name}` },
    };
    const metadata = { name };
    await mpiswarm.drop(
      `${name}.yaml`,
      stringify({ apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata, spec }),
    );
  }

  it('runs its class on every worker, and keeps log files in the volume that the configuration names', async () => {
    await drop('packed', jar);
    const { status } = await mpiswarm.waitDone('default/packed');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const lines = (await mpiswarm.output(status.runs[0]?.id ?? '')).split('\n');
    for (const rank of [0, 1, 2]) {
      expect(lines).to.include(
        `Hello World from Worker ${rank}; there are 3 total workers and I got a message: Twister2-Hello`,
      );
    }
    const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
    const kept = [...cluster.nodes.keys()].map(async node => {
      const { Mountpoint } = await cluster.docker(node).getVolume(VOLUME).inspect();
      return readdir(join(Mountpoint, 'packed'));
    });
    const files = (await Promise.all(kept)).flat().filter(name => !name.endsWith('.lck'));
    expect(files.sort()).to.deep.equal([0, 1, 2].map(rank => `worker-${rank}.log.0`));
  });

  it('never starts mpirun when its jar is truncated, and says so', async () => {
    await drop('cut', jar.subarray(0, jar.length - 100));
    const { status } = await mpiswarm.waitDone('default/cut');
    expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', reason: 'LauncherFault' });
    const words = 'jar /run/mpiswarm/job/package/cut.jar of the class path is damaged or cut off';
    expect(status.message).to.contain(words);
    expect(status.runs.map(run => run.phases.running)).to.deep.equal([undefined]);
    expect((await mpiswarm.cli('describe', 'cut')).stdout.replace(/\s+/g, ' ')).to.contain(words);
  });
});

/** Other nodes take a moment longer to remove the containers that have it. */
async function removeVolume(docker: Docker): Promise<void> {
  await until(`no container with ${VOLUME}`, 30_000, async () => {
    try {
      await removeUnused(docker.getVolume(VOLUME));
      return true;
    } catch (error) {
      if (statusCode(error) !== 409) throw error;
      return undefined;
    }
  });
}
