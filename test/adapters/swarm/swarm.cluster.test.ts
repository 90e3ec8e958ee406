import { setTimeout as sleep } from 'node:timers/promises';
import { engineClient } from '../../../controller/adapters/swarm/engine.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import { importShell } from './shell-image.js';
import { swarmContract } from './swarm.contract.js';

const IMAGE = { repo: 'mpiswarm-contract/shell', tag: '1' };
const TIMEOUT_MS = 60_000;

/** The engine of a swarm manager that belongs to the tests, e.g. one that test/cluster/main.ts started. */
const ENGINE = process.env['MPISWARM_TEST_DOCKER'];

describe('with a real engine', function () {
  this.timeout(2 * TIMEOUT_MS);

  swarmContract('by Docker', async () => {
    if (!ENGINE)
      throw new Error(
        'MPISWARM_TEST_DOCKER must be the URL of a swarm manager, such as unix:///…/docker.sock',
      );
    const docker = engineClient(ENGINE);
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
    };
  });

  after(async () => {
    if (!ENGINE) return;
    const docker = engineClient(ENGINE);
    const foreign = await docker.listSecrets();
    for (const { ID, Spec } of foreign as readonly RawSecret[]) {
      if (Spec.Name.endsWith('-foreign')) await docker.getSecret(ID).remove();
    }
  });
});

interface RawSecret {
  readonly ID: string;
  readonly Spec: { readonly Name: string };
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${TIMEOUT_MS} ms`);
    await sleep(50);
  }
}
