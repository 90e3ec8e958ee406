import { expect } from 'chai';
import { BOX, loadBox } from '../../scripts/cluster/box.js';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.js';
import { groupPids } from '../../scripts/cluster/node/cgroup.js';
import { installPackages, missingPackages } from '../../scripts/cluster/packages.js';
import { createWebService, runAttached, waitForPlaces } from '../../scripts/cluster/service.js';
import { swarmNodes } from '../../scripts/cluster/swarm.js';
import { ownCluster } from '../support/own-cluster.js';

describe('a cluster of three nodes', function () {
  this.timeout(180_000);
  let cluster: Cluster;

  before(async () => {
    await installPackages(missingPackages(['engine', 'box']), line => console.log(line));
    cluster = await startCluster({ nodes: 3, name: ownCluster('self'), heartbeatSeconds: 1 });
    await loadBox(cluster);
  });
  after(() => cluster.clean());

  it('is a swarm of three ready managers', async () => {
    const nodes = await swarmNodes(cluster.docker(0));
    expect(nodes.map(node => `${node.hostname} ${node.state} ${node.reachability}`)).to.have.members([
      `${cluster.name}-n1 ready reachable`,
      `${cluster.name}-n2 ready reachable`,
      `${cluster.name}-n3 ready reachable`,
    ]);
    expect(nodes.map(node => node.id)).to.have.members(cluster.nodes.map(node => node.id));
  });

  it('lets tasks on different nodes reach each other over an attachable overlay', async () => {
    await createWebService(cluster.docker(0), 'web', 3);
    const places = await waitForPlaces(cluster.docker(0), 'web', 3);
    expect(places.map(place => place.node)).to.have.members(cluster.nodes.map(node => node.id));
    const ask = places.map(place => `wget -qO- http://${place.address}:8080/`).join('; ');
    for (const [i] of cluster.nodes.entries()) {
      const said = await runAttached(cluster.docker(i), 'web', ['sh', '-c', ask]);
      expect(said.trim().split(/\s+/)).to.have.members(cluster.nodes.map(node => node.hostname));
    }
  });

  it('makes a port published on loopback reachable from its node and from nowhere else', async () => {
    const container = await cluster.docker(0).createContainer({
      Image: BOX,
      Cmd: ['sh', '-c', 'echo here > /tmp/index.html && exec busybox httpd -f -p 8080 -h /tmp'],
      ExposedPorts: { '8080/tcp': {} },
      HostConfig: {
        NetworkMode: 'web',
        PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '18080' }] },
      },
    });
    await container.start();
    const ask = (host: string) => ['busybox', 'wget', '-qO-', `http://${host}:18080/`];
    expect((await cluster.run(0, ask('127.0.0.1'))).stdout.trim()).to.equal('here');
    expect(await failure(cluster.run(1, ask(cluster.node(0).address)))).to.contain('refused');
    await container.remove({ force: true });
  });

  it('keeps containers and engines in control groups that name the node', async () => {
    const { stdout } = await cluster.run(0, ['ps', '-e', '-o', 'args:40,cgroup:300']);
    const httpd = stdout
      .split('\n')
      .filter(line => line.startsWith('busybox httpd') && line.includes(`mpiswarm-${cluster.name}/`));
    expect(httpd).to.have.length(3);
    for (const node of cluster.nodes)
      expect(httpd.some(line => line.includes(`/${node.group}/`))).to.equal(true);
  });

  it('sees a killed leader go down with its containers, and come back when its engine starts', async () => {
    await cluster.killNode(0);
    expect(await groupPids(cluster.node(0).group)).to.deep.equal([]);
    await cluster.waitForNode(0, 'down');
    expect(await groupPids(cluster.node(1).group)).not.to.deep.equal([]);
    await cluster.startEngine(0);
    await cluster.waitForNode(0, 'ready');
    await waitForPlaces(cluster.docker(1), 'web', 3);
  });

  it('sees a node that is cut off go down, its containers running on, and come back', async () => {
    const reach = ['busybox', 'ping', '-c', '1', '-W', '2', cluster.node(0).address];
    await cluster.run(1, reach);
    await cluster.cutOff(1);
    expect(await failure(cluster.run(1, reach))).to.contain('exit 1');
    await cluster.waitForNode(1, 'down');
    expect((await cluster.docker(1).listContainers()).length).to.equal(1);
    await cluster.reconnect(1);
    await cluster.waitForNode(1, 'ready');
    await cluster.run(1, reach);
  });

  it('has an engine that is silent while paused and answers when resumed', async () => {
    await cluster.pauseEngine(2);
    const answer = cluster.docker(2).ping();
    expect(await Promise.race([answer, silence(1_000)])).to.equal('silent');
    await cluster.resumeEngine(2);
    expect(String(await answer)).to.equal('OK');
  });

  it('has an engine that can be stopped and started with its place in the swarm kept', async () => {
    await cluster.stopEngine(2);
    expect(await groupPids(cluster.node(2).group)).to.deep.equal([]);
    await cluster.waitForNode(2, 'down');
    await cluster.startEngine(2);
    await cluster.waitForNode(2, 'ready');
    const info = (await cluster.docker(2).info()) as { readonly Swarm: { readonly NodeID: string } };
    expect(info.Swarm.NodeID).to.equal(cluster.node(2).id);
  });
});

/** The message of the error that the work ends with. */
async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: Error) => error.message,
  );
}

async function silence(ms: number): Promise<string> {
  return new Promise(resolve => setTimeout(() => resolve('silent'), ms));
}
