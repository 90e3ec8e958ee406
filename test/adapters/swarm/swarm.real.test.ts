import { setTimeout as sleep } from 'node:timers/promises';
import { engineClient } from '../../../controller/adapters/swarm/engine.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import { type Cluster, startCluster } from '../../cluster/cluster.js';
import { installPackages, missingPackages } from '../../cluster/packages.js';
import { importShell } from './shell-image.js';
import { swarmContract } from './swarm.contract.js';

const IMAGE = { repo: 'mpiswarm-contract/shell', tag: '1' };
const TIMEOUT_MS = 60_000;

describe('with a real engine', function () {
  this.timeout(2 * TIMEOUT_MS);
  let cluster: Cluster;

  swarmContract('by Docker', async () => {
    await installPackages(missingPackages(['engine', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 1, name: 'contract' });
    const docker = engineClient(`unix://${cluster.node(0).socket}`);
    const image = await importShell(docker, IMAGE);
    const options = { embeddedZooKeeper: false, registryAuth: async () => ({}) };
    return {
      swarm: new DockerSwarm(docker, options),
      unreachable: new DockerSwarm(engineClient('unix:///nowhere/docker.sock'), options),
      image,
      missingImage: `sha256:${'0'.repeat(64)}`,
      until,
      removeNetwork: name => docker.getNetwork(name).remove(),
      foreign: async name => {
        await docker.createSecret({ Name: name, Labels: {}, Data: Buffer.from('x').toString('base64') });
      },
      foreignService: async (name, { nanoCpus, memoryBytes }) => {
        const service = await docker.createService({
          Name: name,
          TaskTemplate: {
            ContainerSpec: { Image: image, Command: ['/bin/sh', '-c', 'sleep 60'] },
            Resources: { Reservations: { NanoCPUs: nanoCpus, MemoryBytes: memoryBytes } },
          },
        });
        return () => service.remove();
      },
    };
  });

  after(async () => cluster.clean());
});

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${TIMEOUT_MS} ms`);
    await sleep(50);
  }
}
