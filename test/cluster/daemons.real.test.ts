import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { BOX, loadBox } from '../../scripts/cluster/box.js';
import { type Cluster, openCluster, startCluster } from '../../scripts/cluster/cluster.js';
import { installPackages, missingPackages } from '../../scripts/cluster/packages.js';
import { ownCluster } from '../support/own-cluster.js';

const ZNODE = fileURLToPath(new URL('../../scripts/cluster/services/znode.ts', import.meta.url));
const GUARD = { user: 'ann', password: 'correct horse' };

describe('the daemons of a cluster', function () {
  this.timeout(180_000);
  let cluster: Cluster;

  before(async () => {
    await installPackages(missingPackages(['engine', 'zookeeper', 'registry', 'box']), line =>
      console.log(line),
    );
    cluster = await startCluster({ nodes: 2, name: ownCluster('selfd') });
    await loadBox(cluster);
  });
  after(() => cluster.clean());

  it('ZooKeeper answers on loopback and to other nodes, and keeps its data when stopped or killed', async () => {
    const address = await cluster.startZooKeeper();
    expect(address).to.equal(`${cluster.node(0).address}:2181`);
    await znode(cluster, 1, ['put', address, '/kept', 'first']);
    await cluster.stopZooKeeper();
    await cluster.startZooKeeper();
    expect(await znode(cluster, 0, ['get', '127.0.0.1:2181', '/kept'])).to.equal('first');
    await cluster.killZooKeeper();
    await cluster.startZooKeeper();
    expect(await znode(cluster, 1, ['get', address, '/kept'])).to.equal('first');
  });

  it('ZooKeeper is silent while paused, and another process of ours can resume it', async () => {
    await cluster.pauseZooKeeper();
    expect(await failure(cluster.askZooKeeper('ruok'))).to.contain('killed after');
    const same = await openCluster(ownCluster('selfd'));
    await same.resumeZooKeeper();
    expect(await same.askZooKeeper('ruok')).to.equal('imok');
  });

  it('ZooKeeper starts empty after its data was removed', async () => {
    await cluster.stopZooKeeper();
    await cluster.emptyZooKeeper();
    const address = await cluster.startZooKeeper();
    expect(await failure(znode(cluster, 0, ['get', address, '/kept']))).to.contain('NO_NODE');
    await cluster.stopZooKeeper();
  });

  it('a guarded registry takes an image from one node and gives it to another, to those who know the password', async () => {
    const address = await cluster.startRegistry({ htpasswd: GUARD });
    const authconfig = { username: GUARD.user, password: GUARD.password, serveraddress: address };
    await cluster
      .docker(0)
      .getImage(BOX)
      .tag({ repo: `${address}/box`, tag: '1' });
    const pushed = await drain(
      await cluster.docker(0).getImage(`${address}/box:1`).push({ tag: '1', authconfig }),
    );
    expect(pushed).to.contain('digest: sha256:');
    const wrong = { ...authconfig, password: 'wrong' };
    const refused = cluster.docker(1).pull(`${address}/box:1`, { authconfig: wrong });
    expect(await failure(refused.then(drain))).to.match(/unauthorized|no basic auth/);
    await drain(await cluster.docker(1).pull(`${address}/box:1`, { authconfig }));
    const image = await cluster.docker(1).getImage(`${address}/box:1`).inspect();
    expect(image.RepoDigests.join(' ')).to.contain(`${address}/box@sha256:`);
    await cluster.stopRegistry();
  });

  it('an open registry lets everybody in', async () => {
    const address = await cluster.startRegistry();
    const { stdout } = await cluster.run(1, ['busybox', 'wget', '-qO-', `http://${address}/v2/_catalog`]);
    expect(JSON.parse(stdout)).to.deep.equal({ repositories: ['box'] });
    await cluster.stopRegistry();
  });
});

async function znode(cluster: Cluster, i: number, args: readonly string[]): Promise<string> {
  return (await cluster.run(i, [process.execPath, '--import', 'tsx', ZNODE, ...args])).stdout;
}

async function drain(stream: NodeJS.ReadableStream): Promise<string> {
  const words: Buffer[] = [];
  for await (const chunk of stream) words.push(Buffer.from(chunk));
  return Buffer.concat(words).toString();
}

/** The message of the error that the work ends with. */
async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: Error) => error.message,
  );
}
