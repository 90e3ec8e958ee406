import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { extract } from 'tar-stream';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { listPackage } from '../../../controller/adapters/packages/listing.js';
import { DockerPackages } from '../../../controller/adapters/packages/packages.js';
import { readPackage } from '../../../controller/adapters/packages/read.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import { LABEL } from '../../../controller/core/model/names.js';
import type { PackageWant } from '../../../controller/core/model/specs.js';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.js';
import { installPackages, missingPackages } from '../../../scripts/cluster/packages.js';
import { ownCluster } from '../../support/own-cluster.js';
import { importShell } from '../swarm/shell-image.js';
import { packagesContract } from './packages.contract.js';
import { archiveOf } from './sample-archive.js';

const IMAGE = { repo: 'mpiswarm-contract/shell', tag: '1' };
const NETWORKS = ['contract-packages-1', 'contract-packages-2'] as const;
const TIMEOUT_MS = 60_000;

describe('with a real engine', function () {
  this.timeout(2 * TIMEOUT_MS);
  let cluster: Cluster;
  let docker: Docker;
  let root: string;
  let port: () => DockerPackages;

  before(async () => {
    await installPackages(missingPackages(['engine', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 1, name: ownCluster('package') });
    docker = engineClient(`unix://${cluster.node(0).socket}`);
    const image = await importShell(docker, IMAGE);
    for (const Name of NETWORKS) await docker.createNetwork({ Name, Driver: 'overlay', Attachable: true });
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-packages-'));
    mkdirSync(join(root, 'team/app/data'), { recursive: true });
    writeFileSync(join(root, 'team/job.yaml'), '');
    writeFileSync(join(root, 'team/app/run.sh'), '#!/bin/sh\n');
    chmodSync(join(root, 'team/app/run.sh'), 0o755);
    writeFileSync(join(root, 'team/app/data/large'), Buffer.alloc(3_000_001, 'x'));
    const agent = { image, command: ['/bin/sh', '-c', 'sleep 600', '--'] };
    port = () => new DockerPackages(docker, { root, agent, now: Date.now });
  });

  packagesContract('by Docker', async () => {
    const content = await readPackage(await listPackage(root, 'team/job.yaml', 'app'));
    const swarm = new DockerSwarm(docker, { embeddedZooKeeper: false, registryAuth: async () => ({}) });
    return {
      packages: port(),
      another: port,
      list: async () => {
        const seen = await swarm.observe();
        if (!seen.ok) throw new Error(seen.error);
        return seen.value.packages;
      },
      networks: NETWORKS,
      readable: { path: 'app', content },
      until,
    };
  });

  /** Another one than the contract's, with this in it. */
  async function deliver(path: string, parts: Partial<PackageWant> = {}) {
    const content = parts.content ?? (await readPackage(await listPackage(root, 'team/job.yaml', path)));
    const labels = { [LABEL.part]: 'package', [LABEL.installation]: 'i', [LABEL.content]: content.sha256 };
    const common = { name: `packages-${content.sha256.slice(0, 8)}`, labels, content, path };
    const want = { ...common, file: 'team/job.yaml', network: NETWORKS[0], ...parts };
    const packages = port();
    packages.offer(want, 'run:secret');
    await until('delivered', async () => packages.delivery(want.name).state !== 'sending');
    return { want, delivery: packages.delivery(want.name) };
  }

  /** The digests of what is in the container. */
  async function filesIn(name: string): Promise<readonly string[]> {
    const entries = extract();
    entries.end(await buffer(await docker.getContainer(name).getArchive({ path: '/packages' })));
    const found: string[] = [];
    for await (const entry of entries) {
      const content = await buffer(entry as AsyncIterable<Buffer>);
      if (entry.header.type === 'file') found.push(createHash('sha256').update(content).digest('hex'));
    }
    return found;
  }

  async function isThere(name: string): Promise<boolean> {
    return (await docker.listContainers({ all: true })).some(({ Names }) => Names.includes(`/${name}`));
  }

  const error = ({ delivery }: Awaited<ReturnType<typeof deliver>>) =>
    delivery.state === 'failed' ? delivery.error : delivery.state;

  it('all of the package is in the container, under one name', async () => {
    const { want } = await deliver('app');
    expect(await filesIn(want.name)).to.deep.equal([want.content.sha256]);
  });

  it('the credential is not among what Docker tells of the container', async () => {
    const { want } = await deliver('app');
    const told = JSON.stringify(await docker.getContainer(want.name).inspect());
    expect(told).to.include(want.content.sha256).and.not.to.include('run:secret');
  });

  it('a package that changes before it is put there is not served', async () => {
    writeFileSync(join(root, 'team/changing'), 'before');
    const content = await readPackage(await listPackage(root, 'team/job.yaml', 'changing'));
    for (const after of ['behind', 'longer than it was', '']) {
      writeFileSync(join(root, 'team/changing'), after);
      const found = await deliver('changing', { content, name: 'packages-changing' });
      expect(error(found), after).to.equal('it changed while it was read');
      expect(await isThere('packages-changing'), after).to.equal(false);
    }
    writeFileSync(join(root, 'team/changing'), 'before');
    expect(error(await deliver('changing', { content, name: 'packages-changing' }))).to.equal('idle');
  });

  it('the content of a container that was never started takes no room in the serving one', async () => {
    writeFileSync(join(root, 'team/left'), 'left');
    const { want } = await deliver('left', { name: 'packages-left' });
    await port().remove(want.name);
    const { Id: Image } = await docker.getImage(`${IMAGE.repo}:${IMAGE.tag}`).inspect();
    const { id } = await docker.createContainer({ name: want.name, Image, Labels: want.labels, Cmd: ['sh'] });
    const half = await archiveOf([{ name: 'packages/half' }, 'half']);
    await docker.getContainer(id).putArchive(half, { path: '/' });
    expect(error(await deliver('left', { name: 'packages-left' }))).to.equal('idle');
    expect(await filesIn(want.name)).to.deep.equal([want.content.sha256]);
  });

  it('a damaged container is recreated', async () => {
    const { want } = await deliver('app');
    const before = await docker.getContainer(want.name).inspect();
    await docker.getContainer(want.name).kill();
    await until('it ended', async () => !(await docker.getContainer(want.name).inspect()).State.Running);
    expect(error(await deliver('app'))).to.equal('idle');
    const after = await docker.getContainer(want.name).inspect();
    expect(after.State.Running).to.equal(true);
    expect(after.Id).not.to.equal(before.Id);
  });

  it('a foreign container is left alone and reported', async () => {
    const { Id } = await docker.getImage(`${IMAGE.repo}:${IMAGE.tag}`).inspect();
    await docker.createContainer({ name: 'packages-foreign', Image: Id, Cmd: ['sh'] });
    const found = await deliver('app', { name: 'packages-foreign' });
    expect(error(found)).to.equal('container packages-foreign: it is not ours; remove or rename it');
  });

  after(async () => {
    await cluster.clean();
    rmSync(root, { recursive: true, force: true });
  });
});

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${TIMEOUT_MS} ms`);
    await sleep(50);
  }
}
