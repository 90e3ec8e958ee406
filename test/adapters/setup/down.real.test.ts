import { expect } from 'chai';
import type Docker from 'dockerode';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { removeEverything, removeInstallation } from '../../../controller/adapters/setup/down.js';
import { LABEL, runLabels } from '../../../controller/core/model/names.js';
import type { Labels } from '../../../controller/core/model/world.js';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.js';
import { installPackages, missingPackages } from '../../../scripts/cluster/packages.js';
import { ownCluster } from '../../support/own-cluster.js';
import { importShell } from '../swarm/shell-image.js';

const IMAGE = { repo: 'mpiswarm-contract/shell', tag: '1' };
const [OWN, OTHER] = ['zk1:2181/mpiswarm', 'zk2:2181/mpiswarm'];

describe('removal of an installation from a real swarm', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let docker: Docker;

  before(async () => {
    await installPackages(missingPackages(['engine', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 1, name: ownCluster('down') });
    docker = engineClient(`unix://${cluster.node(0).socket}`);
    const image = await importShell(docker, IMAGE);
    const network = { [LABEL.part]: 'network', [LABEL.installation]: OWN };
    await docker.createNetwork({ Name: 'shared', Driver: 'overlay', Attachable: true, Labels: network });
    for (const [name, installation] of [
      ['mine', OWN],
      ['theirs', OTHER],
    ] as const) {
      const Labels = runLabels(
        { installation, key: `default/${name}`, uid: '1a2b3c4d', generation: 1, run: `${name}-1a2b3c4d-1` },
        'worker',
      );
      await docker.createSecret({ Name: name, Labels, Data: 'eA==' });
      await docker.createConfig({ Name: name, Labels, Data: 'eA==' });
      await runService(name, Labels, image);
    }
  });

  after(async () => cluster.clean());

  it('takes its own, when its containers are gone, and leaves the other one running on the shared network', async () => {
    const said: string[] = [];
    const stays = await removeInstallation(docker, {
      ...{ inSwarm: true, id: OWN, ownZooKeeper: true },
      say: line => void said.push(line),
      signal: new AbortController().signal,
    });
    expect(said[0]).to.equal('removing service mine');
    expect(said.filter(line => !line.includes('mine'))).to.deep.equal([]);
    expect(stays).to.deep.equal(
      ['config', 'secret', 'service'].map(
        kind => `${kind} theirs stays: it belongs to installation ${OTHER}`,
      ),
    );
    expect(await namesOfOurs()).to.deep.equal(['config theirs', 'secret theirs', 'service theirs']);
    const containers = await docker.listContainers();
    expect(containers.map(({ Labels }) => Labels[LABEL.job])).to.deep.equal(['default/theirs']);
    expect((await docker.listNetworks()).map(({ Name }) => Name)).to.include('shared');
  });

  it('takes everything that carries our label where it is asked to', async () => {
    const options = { inSwarm: true, say: () => undefined, signal: new AbortController().signal };
    await removeEverything(docker, options);
    expect(await namesOfOurs()).to.deep.equal([]);
    expect(await docker.listContainers({ all: true })).to.deep.equal([]);
    expect((await docker.listNetworks()).map(({ Name }) => Name)).to.not.include('shared');
  });

  /** Returns when its container runs. */
  async function runService(name: string, labels: Labels, image: string): Promise<void> {
    await docker.createService({
      Name: name,
      Labels: labels,
      TaskTemplate: {
        ContainerSpec: { Image: image, Labels: labels, Command: ['/bin/sh', '-c', 'exec sleep 600'] },
        Networks: [{ Target: 'shared' }],
      },
    });
    const filters = { label: [`${LABEL.job}=default/${name}`] };
    const end = performance.now() + 60_000;
    while ((await docker.listContainers({ filters })).length === 0) {
      if (performance.now() > end) throw new Error(`service ${name} does not run`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  async function namesOfOurs(): Promise<readonly string[]> {
    const ours = { filters: { label: [LABEL.part] } };
    const [services, secrets, configs] = await Promise.all([
      docker.listServices(ours),
      docker.listSecrets(ours),
      docker.listConfigs(ours),
    ]);
    return [
      ...configs.map(config => `config ${(config as unknown as { Spec: { Name: string } }).Spec.Name}`),
      ...secrets.map(({ Spec }) => `secret ${Spec?.Name ?? ''}`),
      ...services.map(({ Spec }) => `service ${Spec?.Name ?? ''}`),
    ];
  }
});
