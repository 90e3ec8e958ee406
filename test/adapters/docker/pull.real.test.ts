import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import Docker from 'dockerode';
import { registryAuth } from '../../../controller/adapters/docker/registry-auth.js';
import { DockerImages } from '../../../controller/adapters/images/images.js';
import { DockerSwarm } from '../../../controller/adapters/swarm/swarm.js';
import type { ServiceSpec } from '../../../controller/core/model/specs.js';
import type { TaskView } from '../../../controller/core/model/world.js';
import type { ImageWant } from '../../../controller/ports/images.js';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.js';
import { command } from '../../../scripts/cluster/lib/command.js';
import { installPackages, missingPackages } from '../../../scripts/cluster/packages.js';
import { factsOf, view } from '../../core/build.js';
import { ownCluster } from '../../support/own-cluster.js';
import { authOf, type ConfigFolder, makeConfigFolder } from '../images/config-folder.js';
import { errorOf, outcomeOf, pinnedOf } from '../images/outcome.js';
import { breakLayers, dropImage, followed, push } from '../images/registry.js';
import { importShell } from '../swarm/shell-image.js';

const USER = 'anna';
const PASSWORD = 'pass:with:colons';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

describe('images pulled for real', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let registry: string;
  let folder: ConfigFolder;
  let now = 1_000_000;
  const open: { close(): Promise<void> }[] = [];

  before(async () => {
    await installPackages(missingPackages(['engine', 'registry', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 2, name: ownCluster('pull') });
    registry = await startRegistry();
  });
  after(() => cluster?.clean());

  beforeEach(async () => {
    folder = await makeConfigFolder();
  });
  afterEach(async () => {
    await folder.remove();
    for (const one of open.splice(0)) await one.close();
  });

  it('are pulled with the credentials of the Docker configuration, and pinned to the digest', async () => {
    const { ref, digest } = await pushed('first:1');
    await allowed();
    expect(await pinnedOf(imagesOn(0), want(ref))).to.equal(`${registry}/first@${digest}`);
    expect((await cluster.docker(0).getImage(ref).inspect()).RepoDigests).to.include(
      `${registry}/first@${digest}`,
    );
  });

  it('are pulled with the credentials that a helper gives', async () => {
    const { ref, digest } = await pushed('helped:1');
    await folder.config({ credHelpers: { [registry]: 'ours' } });
    await folder.helper('ours', `read -r server; echo '{"Username":"${USER}","Secret":"${PASSWORD}"}'`);
    expect(await pinnedOf(imagesOn(0), want(ref))).to.equal(`${registry}/helped@${digest}`);
  });

  it('are unavailable without credentials, in the engine’s words, and there once they are', async () => {
    const { ref, digest } = await pushed('guarded:1');
    const images = imagesOn(0);
    let wakes = 0;
    images.onChange(() => wakes++);
    const first = await outcomeOf(images, want(ref));
    if (first.state !== 'unavailable') throw new Error(`resolved to ${first.pinned}`);
    expect(first.error).to.match(
      new RegExp(`${registry}/v2/guarded/manifests/1": no basic auth credentials$`),
    );
    expect(first).to.include({ tries: 1, retryAt: now + 5_000 });
    now = first.retryAt;
    const second = await outcomeOf(images, want(ref));
    expect(second).to.include({ state: 'unavailable', tries: 2, retryAt: now + 10_000 });
    await allowed();
    expect(await pinnedOf(images, want(ref))).to.equal(`${registry}/guarded@${digest}`);
    expect(wakes).to.equal(2);
  });

  it('are unavailable with a wrong password, in the engine’s words', async () => {
    const { ref } = await pushed('locked:1');
    await folder.config({ auths: { [registry]: authOf(USER, 'wrong') } });
    expect(await errorOf(imagesOn(0), want(ref))).to.match(/unauthorized: authentication required$/);
  });

  it('are unavailable where the tag or the repository does not exist', async () => {
    await pushed('tagged:1');
    await allowed();
    const images = imagesOn(0);
    expect(await errorOf(images, want(`${registry}/tagged:2`))).to.match(
      /manifest for \S+\/tagged:2 not found: manifest unknown/,
    );
    expect(await errorOf(images, want(`${registry}/nothing:1`))).to.match(
      /manifest for \S+\/nothing:1 not found: manifest unknown/,
    );
  });

  it('are unavailable while the registry is stopped, and there once it is back', async () => {
    const { ref, digest } = await pushed('stopped:1');
    await allowed();
    await cluster.stopRegistry();
    const images = imagesOn(0);
    try {
      expect(await errorOf(images, want(ref))).to.match(/connect: connection refused$/);
    } finally {
      await startRegistry();
    }
    expect(await pinnedOf(images, want(ref))).to.equal(`${registry}/stopped@${digest}`);
  });

  it('are unavailable when a layer is missing in the registry, in the engine’s words, an older one or not', async () => {
    const { ref } = await pushed('hollow:1');
    await allowed();
    const older = await importShell(cluster.docker(0), { repo: `${registry}/hollow`, tag: '1' });
    const restore = await breakLayers(cluster);
    try {
      expect(await errorOf(imagesOn(0), want(ref, { policy: 'Always' }))).to.match(/unknown blob$/);
    } finally {
      await restore();
    }
    expect((await cluster.docker(0).getImage(ref).inspect()).Id).to.equal(older);
  });

  it('are never pulled where the policy is Never', async () => {
    const { ref, digest } = await pushed('never:1');
    await allowed();
    const images = imagesOn(0);
    expect(await errorOf(images, want(ref, { policy: 'Never' }))).to.equal(
      'not on this engine, and spec.imagePullPolicy is Never',
    );
    await pinnedOf(images, want(ref));
    expect(await pinnedOf(images, want(ref, { policy: 'Never' }))).to.equal(`${registry}/never@${digest}`);
  });

  it('are followed by each run to where their tag moved with policy Always, and not with IfNotPresent', async () => {
    await allowed();
    const first = await pushed('moving:1');
    const images = imagesOn(0);
    const always = (run: string) => want(first.ref, { policy: 'Always', run });
    const present = (run: string) => want(first.ref, { run });
    const before = `${registry}/moving@${first.digest}`;
    expect(await pinnedOf(images, always('a'))).to.equal(before);
    // From the other node, so that this one learns of it from the registry alone
    const second = await pushed('moving:1', 1);
    const moved = `${registry}/moving@${second.digest}`;
    expect(moved).not.to.equal(before);
    expect(await pinnedOf(images, present('b'))).to.equal(before);
    expect(await pinnedOf(images, always('a')), 'a run stays with what it has').to.equal(before);
    expect(await pinnedOf(images, always('c'))).to.equal(moved);
    expect(await pinnedOf(images, want(before, { run: 'd' })), 'by digest').to.equal(before);
  });

  it('that were imported and are in no registry resolve to their id', async () => {
    const id = await importShell(cluster.docker(0), { repo: 'imported', tag: '1' });
    expect(await pinnedOf(imagesOn(0), want('imported:1'))).to.equal(id);
    expect(await pinnedOf(imagesOn(0), want('docker.io/library/imported:1'))).to.equal(id);
    expect(await pinnedOf(imagesOn(0), want(id))).to.equal(id);
  });

  it('are pulled by the other node for a service that names the digest, with the credentials sent along', async () => {
    const { ref } = await pushed('shared:1');
    await allowed();
    const image = await pinnedOf(imagesOn(0), want(ref));
    const task = await taskOn(1, { name: 'shared', image, withRegistryAuth: true });
    expect(task).to.include({ state: 'running' });
    expect((await cluster.docker(1).getImage(image).inspect()).RepoDigests).to.include(image);
  });

  it('are named unavailable when the other node gets no credentials', async () => {
    const { ref } = await pushed('private:1');
    await allowed();
    const image = await pinnedOf(imagesOn(0), want(ref));
    const task = await taskOn(1, { name: 'private', image, withRegistryAuth: false });
    expect(task).to.include({ state: 'rejected' });
    expect(reasonsOf(task)).to.deep.equal([
      { reason: 'ImageUnavailable', message: `worker 0: No such image: ${image}`, about: 'worker 0' },
    ]);
  });

  it('are named unavailable when an id is not on the other node', async () => {
    const id = await importShell(cluster.docker(0), { repo: 'onlyhere', tag: '1' });
    const task = await taskOn(1, { name: 'onlyhere', image: id, withRegistryAuth: true });
    expect(task).to.include({ state: 'rejected' });
    expect(reasonsOf(task)).to.deep.equal([
      { reason: 'ImageUnavailable', message: `worker 0: No such image: ${id}`, about: 'worker 0' },
    ]);
  });

  for (const how of ['stalls', 'is closed']) {
    it(`hold no process when a pull ${how} because the registry swallows everything`, async () => {
      const nobody = cluster.subnet.replace(/0\/24$/, '99:5000');
      const script = fileURLToPath(new URL('stalled-pull.ts', import.meta.url));
      const argv = ['--import', 'tsx', script, cluster.node(0).socket, `${nobody}/app:1`, how];
      // A pull that holds its process does so for ten minutes; Node itself takes seconds to start on a busy machine
      const { stdout } = await command([process.execPath, ...argv], { deadlineMs: 20_000 });
      expect(stdout.trim()).to.equal(
        how === 'stalls' ? 'pull showed no progress for 0.3 s, last was: nothing' : 'pulling',
      );
    });
  }

  it('are unavailable when the registry’s host is gone, in the engine’s words', async () => {
    const nobody = cluster.subnet.replace(/0\/24$/, '99:5000');
    expect(await errorOf(imagesOn(0), want(`${nobody}/app:1`))).to.match(/connect: no route to host$/);
  });

  it('are unavailable when the engine stops in mid-question', async () => {
    const { ref } = await pushed('paused:1');
    await allowed();
    await cluster.pauseEngine(0);
    try {
      const docker = new Docker({ socketPath: cluster.node(0).socket, timeout: 1_000 });
      const images = new DockerImages(docker, { now: () => now });
      open.push(images);
      expect(await errorOf(images, want(ref))).to.equal('docker engine: socket hang up');
    } finally {
      await cluster.resumeEngine(0);
    }
  });

  async function startRegistry(): Promise<string> {
    return cluster.startRegistry({ htpasswd: { user: USER, password: PASSWORD } });
  }

  /** Pushes an image of its own content, and leaves it on no node. */
  async function pushed(name: string, node = 0): Promise<{ readonly ref: string; readonly digest: string }> {
    const [repo = '', tag = ''] = name.split(':');
    const docker = cluster.docker(node);
    const auth = { username: USER, password: PASSWORD, serveraddress: registry };
    const image = { repo: `${registry}/${repo}`, tag };
    const had = await docker.listImages({ filters: { reference: [`${image.repo}:${tag}`] } });
    await importShell(docker, image);
    const digest = await push(docker, image, auth);
    expect(digest).to.match(DIGEST);
    if (had.length === 0) await dropImage(docker, `${image.repo}:${tag}`);
    return { ref: `${image.repo}:${tag}`, digest };
  }

  /** Writes the credentials into the configuration. */
  async function allowed(): Promise<void> {
    await folder.config({ auths: { [registry]: authOf(USER, PASSWORD) } });
  }

  function imagesOn(node: number, stallMs = 20_000): DockerImages {
    const images = new DockerImages(cluster.docker(node), { now: () => now, stallMs });
    open.push(images);
    return images;
  }

  /** The first task of a service on that node that runs or has failed. The service is removed again. */
  async function taskOn(
    node: number,
    changes: Pick<ServiceSpec, 'name' | 'image' | 'withRegistryAuth'>,
  ): Promise<TaskView> {
    const swarm = new DockerSwarm(cluster.docker(0), { embeddedZooKeeper: false, registryAuth });
    open.push(swarm);
    await swarm.createService(service(changes, cluster.node(node).hostname));
    try {
      return await followed(swarm, changes.name);
    } finally {
      await cluster.docker(0).getService(changes.name).remove();
    }
  }
});

function want(ref: string, changes: Partial<ImageWant> = {}): ImageWant {
  return { ref, policy: 'IfNotPresent', run: 'first', ...changes };
}

/** What the core says of a worker whose task this is. */
function reasonsOf(task: TaskView): readonly object[] {
  const { slot, service } = { slot: 1, service: 'id-workers' };
  const swap = (one: TaskView): TaskView =>
    one.id === 'worker-0' ? { ...task, id: 'worker-0', slot, service } : one;
  return factsOf(view({ swarm: world => ({ ...world, tasks: world.tasks.map(swap) }) })).reasons['ssh-ready'];
}

function service(
  changes: Pick<ServiceSpec, 'name' | 'image' | 'withRegistryAuth'>,
  hostname: string,
): ServiceSpec {
  return {
    labels: { 'mpiswarm.dev/part': 'test' },
    command: ['/bin/sleep', '600'],
    env: {},
    mode: { kind: 'replicated', replicas: 1 },
    restart: 'none',
    networks: [],
    mounts: [],
    secrets: [],
    configs: [],
    constraints: [`node.hostname==${hostname}`],
    spread: [],
    resources: {},
    stopGraceMs: 1_000,
    ...changes,
  };
}
