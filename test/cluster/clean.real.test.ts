import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { BOX, loadBox } from '../../scripts/cluster/box.js';
import { type Cluster, openCluster, startCluster } from '../../scripts/cluster/cluster.js';
import { command } from '../../scripts/cluster/lib/command.js';
import { groupPids } from '../../scripts/cluster/node/cgroup.js';
import { signalDaemon } from '../../scripts/cluster/node/daemon.js';
import { installPackages, missingPackages } from '../../scripts/cluster/packages.js';
import { ownCluster } from '../support/own-cluster.js';

const NAME = ownCluster('selfc');
/** Begins with the other's name, so that a careless match of names would hit it. */
const NEIGHBOUR = ownCluster('selfcn');

describe('cleaning a cluster', function () {
  this.timeout(180_000);
  let neighbour: Cluster;

  before(async () => {
    await installPackages(missingPackages(['engine', 'zookeeper', 'box']), line => console.log(line));
    neighbour = await startCluster({ nodes: 1, name: NEIGHBOUR });
    await loadBox(neighbour);
    await runBox(neighbour);
  });
  after(() => neighbour.clean());

  it('leaves nothing of it on the machine, and the machine and other clusters as they were', async () => {
    const before = await machine();
    const pids = await lastingPids(`mpiswarm-${NEIGHBOUR}`);
    const cluster = await startCluster({ nodes: 2, name: NAME });
    await loadBox(cluster);
    await runBox(cluster);
    await cluster.startZooKeeper();
    expect(await traces(NAME, cluster.dir)).not.to.deep.equal([]);
    await cluster.clean();
    expect(await traces(NAME, cluster.dir)).to.deep.equal([]);
    expect(await machine()).to.deep.equal(before);
    expect(await groupPids(`mpiswarm-${NEIGHBOUR}`)).to.include.members([...pids]);
    expect(await neighbour.docker(0).listContainers()).to.have.length(1);
  });

  it('is done by the next start when a run was killed and left engines dead, containers running and daemons stopped', async () => {
    const first = await startCluster({ nodes: 2, name: NAME });
    await loadBox(first);
    await runBox(first);
    await first.startZooKeeper();
    await first.pauseZooKeeper();
    const left = first.spawn(0, ['sleep', '600'], { stdio: 'ignore' });
    await signalDaemon(`${first.node(0).group}/engine`, 'dockerd', 'SIGKILL');
    await first.pauseEngine(1);
    const pids = await groupPids(`mpiswarm-${NAME}`);
    expect(pids.length).to.be.greaterThan(4);
    const second = await startCluster({ nodes: 1, name: NAME });
    for (const pid of [...pids, left.pid]) expect(await isAlive(pid ?? 0)).to.equal(false);
    expect(await second.docker(0).listContainers({ all: true })).to.deep.equal([]);
    await second.clean();
    expect(await traces(NAME, second.dir)).to.deep.equal([]);
  });

  it('succeeds when half of the cluster is missing already', async () => {
    const cluster = await startCluster({ nodes: 2, name: NAME });
    await command(['ip', 'netns', 'delete', cluster.node(1).netns]);
    await command(['rm', `${cluster.dir}/cluster.json`]);
    await cluster.clean();
    expect(await traces(NAME, cluster.dir)).to.deep.equal([]);
    await cluster.clean();
    expect(await openCluster(NAME).catch((error: Error) => error.message)).to.contain('nothing was started');
  });
});

async function runBox(cluster: Cluster): Promise<void> {
  const container = await cluster.docker(0).createContainer({ Image: BOX, Cmd: ['sleep', '600'] });
  await container.start();
}

/**
 * What of the machine a cluster could disturb: links and firewall of its own network, and the files of its
 * own engine.
 */
async function machine(): Promise<unknown> {
  const links = (await command(['ip', '-j', 'link'])).stdout;
  const rules = (await command(['iptables-save'])).stdout.split('\n').filter(line => /^[-:*]/.test(line));
  return {
    links: (JSON.parse(links) as readonly { readonly ifname: string }[]).map(link => link.ifname),
    rules: rules.map(line => line.replace(/ \[.*\]$/, '')),
    files: [
      '/var/lib/docker',
      '/run/docker',
      '/run/docker.sock',
      '/run/containerd',
      '/etc/docker/key.json',
    ].filter(existsSync),
    host: (await command(['hostname'])).stdout,
  };
}

/**
 * Everything on the machine that carries the cluster's name: namespaces, mounts, control groups, processes,
 * files.
 */
async function traces(name: string, dir: string): Promise<readonly string[]> {
  const namespaces = (await command(['ip', 'netns', 'list'])).stdout.split('\n');
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const groups = (await command(['find', '/sys/fs/cgroup', '-name', `mpiswarm-${name}`])).stdout.split('\n');
  const processes = await processTexts();
  const mark = new RegExp(`mpiswarm-${name}(-(hub|n[0-9])|/|\\s|$)|${dir}(/|$)`);
  const files = existsSync(dir) ? [dir] : [];
  return [...namespaces, ...mounts, ...groups, ...processes, ...files].filter(text => mark.test(text));
}

/** The control groups and the command line of every living process. */
async function processTexts(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter(entry => /^[0-9]+$/.test(entry));
  const alive = await Promise.all(pids.map(async pid => ((await isAlive(Number(pid))) ? pid : '')));
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  const texts = alive
    .filter(Boolean)
    .map(async pid => `${await read(`/proc/${pid}/cgroup`)} ${await read(`/proc/${pid}/cmdline`)}`);
  return Promise.all(texts);
}

/** A process that ended and was not yet asked for its exit code is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** Processes that are there at two looks: an engine also runs helpers that live for a moment. */
async function lastingPids(group: string): Promise<readonly number[]> {
  const first = await groupPids(group);
  await new Promise(resolve => setTimeout(resolve, 2_000));
  const second = await groupPids(group);
  return first.filter(pid => second.includes(pid));
}
