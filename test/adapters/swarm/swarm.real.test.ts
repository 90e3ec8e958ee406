import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { networkView } from '../../../controller/adapters/docker/views.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import { LABEL } from '../../../controller/core/model/names.js';
import type { Labels } from '../../../controller/core/model/world.js';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.js';
import { installPackages, missingPackages } from '../../../scripts/cluster/packages.js';
import { ownCluster } from '../../support/own-cluster.js';
import { importShell } from './shell-image.js';
import { swarmContract } from './swarm.contract.js';

const IMAGE = { repo: 'mpiswarm-contract/shell', tag: '1' };
const TIMEOUT_MS = 60_000;

describe('with a real engine', function () {
  this.timeout(2 * TIMEOUT_MS);
  let cluster: Cluster;

  swarmContract('by Docker', async () => {
    await installPackages(missingPackages(['engine', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 1, name: ownCluster('swarm') });
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
      foreignService: async (name, { nanoCpus, memoryBytes }, networks = []) => {
        const service = await docker.createService({
          Name: name,
          TaskTemplate: {
            ContainerSpec: { Image: image, Command: ['/bin/sh', '-c', 'sleep 60'] },
            Resources: { Reservations: { NanoCPUs: nanoCpus, MemoryBytes: memoryBytes } },
            Networks: networks.map(Target => ({ Target })),
          },
        });
        return () => service.remove();
      },
    };
  });

  describe('and what only an engine can show', () => {
    it('starts containers without the capabilities that no job needs', async () => {
      const docker = engineClient(`unix://${cluster.node(0).socket}`);
      const swarm = new DockerSwarm(docker, { embeddedZooKeeper: false, registryAuth: async () => ({}) });
      const labels = { [LABEL.part]: 'run', [LABEL.run]: 'caps' };
      await swarm.createService({
        ...{ name: 'caps', labels, image: `${IMAGE.repo}:${IMAGE.tag}`, withRegistryAuth: false, env: {} },
        // Also what the main process may get back, by a file with capabilities, say
        command: [
          '/bin/sh',
          '-c',
          'while read -r name value; do echo "$name $value"; done </proc/self/status',
        ],
        ...{ mode: { kind: 'replicated', replicas: 1 }, restart: 'none', networks: [], mounts: [] },
        ...{ secrets: [], configs: [], constraints: [], spread: [], resources: {}, stopGraceMs: 1_000 },
      });
      let said = '';
      await until('the container has said what it may do', async () => {
        const seen = await swarm.observe();
        const id = seen.ok ? seen.value.services.find(({ name }) => name === 'caps')?.id : undefined;
        said = '';
        for await (const { data } of swarm.output(id ?? '')) said += new TextDecoder().decode(data);
        return /CapBnd: [0-9a-f]+/.test(said);
      });
      const bounding = BigInt(`0x${/CapBnd: ([0-9a-f]+)/.exec(said)?.[1]}`);
      const has = (bit: number): boolean => (bounding & (1n << BigInt(bit))) !== 0n;
      // linux/capability.h: NET_RAW, MKNOD, AUDIT_WRITE and SETFCAP; CHOWN is there
      expect([13, 27, 29, 31].filter(has)).to.deep.equal([]);
      expect(has(0)).to.equal(true);
      await swarm.close();
    });

    it('gives the key of a run to the user of the container', async () => {
      const docker = engineClient(`unix://${cluster.node(0).socket}`);
      const swarm = new DockerSwarm(docker, { embeddedZooKeeper: false, registryAuth: async () => ({}) });
      const labels = { [LABEL.part]: 'run', [LABEL.run]: 'keyed' };
      await swarm.createSecret('keyed', 'the key', labels);
      await swarm.observe();
      const script = 'read -r key </run/key; echo "read $key"; [ -w /run/key ] || echo closed';
      await swarm.createService({
        ...{ name: 'keyed', labels, image: `${IMAGE.repo}:${IMAGE.tag}`, withRegistryAuth: false, env: {} },
        ...{ command: ['/bin/sh', '-c', script], user: '1000', restart: 'none', networks: [], mounts: [] },
        ...{ mode: { kind: 'replicated', replicas: 1 }, secrets: [{ name: 'keyed', target: '/run/key' }] },
        ...{ configs: [], constraints: [], spread: [], resources: {}, stopGraceMs: 1_000 },
      });
      await until('it is read', async () => {
        const seen = await swarm.observe();
        const id = seen.ok ? seen.value.services.find(({ name }) => name === 'keyed')?.id : undefined;
        let said = '';
        for await (const { data } of swarm.output(id ?? '')) said += new TextDecoder().decode(data);
        return said === 'read the key\nclosed\n';
      });
      await swarm.close();
    });

    it('makes a network without a subnet with room for thousands, two at once in different places', async () => {
      const docker = engineClient(`unix://${cluster.node(0).socket}`);
      const swarm = new DockerSwarm(docker, { embeddedZooKeeper: false, registryAuth: async () => ({}) });
      const found: string[] = [];
      const names = ['roomy-1', 'roomy-2'];
      const labels = { [LABEL.part]: 'network' };
      await Promise.all(names.map(name => swarm.createNetwork({ name, encrypted: false, labels })));
      for (const name of names) {
        await until('the network is allocated', async () => {
          const view = networkView(await docker.getNetwork(name).inspect());
          return view.driver !== '' && view.addresses === 4093;
        });
        found.push(...networkView(await docker.getNetwork(name).inspect()).subnets);
      }
      expect(new Set(found).size).to.equal(2);
      for (const name of names) await docker.getNetwork(name).remove();
      await swarm.close();
    });
  });

  describe('and a network that containers without a task are on', () => {
    const INSTALLATION = 'zk1:2181/mpiswarm';
    let docker: Docker;

    async function attach(name: string, labels: Labels): Promise<Docker.Container> {
      const container = await docker.createContainer({
        name,
        Image: `${IMAGE.repo}:${IMAGE.tag}`,
        Cmd: ['/bin/sh', '-c', 'exec sleep 600'],
        Labels: labels,
      });
      await container.start();
      await docker.getNetwork('attached-net').connect({ Container: name });
      return container;
    }

    it('takes ZooKeeper and what serves packages off it, and stops at a container of anybody else', async () => {
      docker = engineClient(`unix://${cluster.node(0).socket}`);
      const swarm = new DockerSwarm(docker, { embeddedZooKeeper: false, registryAuth: async () => ({}) });
      const labels = { [LABEL.part]: 'network', [LABEL.installation]: INSTALLATION };
      await swarm.createNetwork({ name: 'attached-net', encrypted: false, labels });
      const { id } = networkView(await docker.getNetwork('attached-net').inspect());
      const zooKeeper = await attach('a-zookeeper', { [LABEL.part]: 'zookeeper' });
      const own = { [LABEL.part]: 'package', [LABEL.installation]: INSTALLATION };
      const served = await attach('a-package', own);
      const others = await swarm.reservations();
      const attached = others.ok ? others.value.filter(({ networks }) => networks?.includes(id)) : [];
      expect(attached, 'each has an address').to.have.length(2);
      for (const theirs of [{}, { ...own, [LABEL.installation]: 'zk2:2181/mpiswarm' }]) {
        const other = await attach('of-others', theirs);
        const refused = await swarm.removeNetwork(id).then(
          () => 'removed',
          (error: Error) => error.message,
        );
        expect(refused).to.contain('attached-net is in use by container of-others');
        await other.remove({ force: true });
      }
      await until('the network is removed', () =>
        swarm.removeNetwork(id).then(
          () => true,
          () => false,
        ),
      );
      for (const container of [zooKeeper, served]) {
        const { State, NetworkSettings } = await container.inspect();
        expect(State.Running).to.equal(true);
        expect(Object.keys(NetworkSettings.Networks)).to.not.include('attached-net');
      }
      await swarm.close();
    });
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
