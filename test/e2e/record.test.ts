import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import type { RankRecord } from '../../controller/shared/protocol/program-records.js';
import type { Registration } from '../../controller/shared/protocol/protocol.js';
import { digestAcl } from '../../controller/shared/zookeeper/acl.js';
import { ZooKeeperSession } from '../../controller/shared/zookeeper/session.js';
import { loadProperties } from '../agent/load-properties.js';
import { imageWithHeldSshd } from './support/held-sshd.js';
import { DOCKER, until } from './support/installation.js';
import { manifest, OPENMPI5 } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

const SECOND = 1_000;
const RUN_PROPERTIES = '/run/mpiswarm/job/run.properties';
const PLACE = { rack: 'r7', datacenter: 'east' };

describe('a program and the record of its run, on three nodes @full', function () {
  this.timeout(150 * SECOND);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;
  /** The first node, whose engine the test can ask. */
  let hostname = '';
  let held = '';

  before(async () => {
    hostname = (await docker.info()).Name as string;
    held = await imageWithHeldSshd(docker, OPENMPI5);
    await label(PLACE);
    mpiswarm = await sharedInstallation('record');
  });

  after(async () => {
    await mpiswarm.close();
    await label({});
  });

  /** The only labels of the first node. */
  async function label(Labels: Readonly<Record<string, string>>): Promise<void> {
    const node = docker.getNode((await docker.info()).Swarm.NodeID as string);
    const { Spec, Version } = await node.inspect();
    await node.update({ ...Spec, Labels, version: Version.Index });
  }

  /** A job on the first node alone, one that has started. */
  async function dropHere(name: string, script: string, workers: object = {}): Promise<JobRecord> {
    const here = { replicas: 2, placement: { constraints: [`node.hostname==${hostname}`] }, ...workers };
    await mpiswarm.drop(`${name}.yaml`, manifest(name, { workers: here, command: ['sh', '-c', script] }));
    return mpiswarm.waitFor(`default/${name}`, ({ status }) => status.runs[0]?.startedAt !== undefined);
  }

  async function worker(key: string, slot: number) {
    const label = [`${LABEL.job}=${key}`, `${LABEL.role}=workers`];
    return until(`worker in slot ${slot} of ${key}`, 30 * SECOND, async () => {
      const found = await docker.listContainers({ filters: { label } });
      return found.find(one => one.Labels['com.docker.swarm.task.name']?.includes(`-workers.${slot}.`));
    });
  }

  /** What a command in a container writes. */
  async function inside(id: string, ...Cmd: readonly string[]): Promise<string> {
    const exec = await docker.getContainer(id).exec({ Cmd: [...Cmd], AttachStdout: true, Tty: true });
    const output = await exec.start({ Tty: true });
    let text = '';
    for await (const chunk of output) text += String(chunk);
    return text;
  }

  async function registrations(run: string): Promise<readonly Registration[]> {
    return (await mpiswarm.world([run])).runs.get(run)?.registrations ?? [];
  }

  it('has the node, rack, data centre, disk and free ports that its worker registered', async () => {
    const script = `worker() { sed -n "s/^$1=//p" ${RUN_PROPERTIES}; }
      echo "$OMPI_COMM_WORLD_RANK $(worker worker) $(worker port.rpc) $(worker port.b)"; sleep 3`;
    const resources = { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } };
    const record = await dropHere('places', script, { ports: ['rpc', 'b'], resources });
    const run = record.status.runs[0]?.id ?? '';
    const found = await registrations(run);
    expect(found.map(({ index }) => index)).to.deep.equal([0, 1]);
    for (const { node, resources, ports } of found) {
      expect(node).to.include({ hostname, rack: 'r7', dataCenter: 'east' });
      expect(node.address).to.match(/^\d+\.\d+\.\d+\.\d+$/);
      expect(resources, 'limits, and requests where there are none').to.deep.include({
        cpus: 0.25,
        memoryBytes: 128 * 2 ** 20,
      });
      expect(resources.diskBytes).to.be.above(0);
      expect(ports).to.deep.equal({ rpc: 30_001, b: 30_002 });
    }
    await mpiswarm.waitDone('default/places');
    expect((await mpiswarm.output(run)).trim().split('\n').sort()).to.deep.equal([
      '0 0 30001 30002',
      '1 1 30001 30002',
    ]);
  });

  it('shows the states of ranks, and has the failed rank’s message in the failed job’s message', async () => {
    const script =
      'until [ -e /tmp/go ]; do sleep 0.2; done; [ "$OMPI_COMM_WORLD_RANK" = 1 ] && exit 3; sleep 60';
    await dropHere('says', script);
    const { Id } = await worker('default/says', 2);
    const told = loadProperties(await inside(Id, 'cat', RUN_PROPERTIES));
    const [credential = '', znode = ''] = [told['credential'], told['znode']];
    const hosts = '127.0.0.1:2181'; // of what is told, the name is for containers
    const session = ZooKeeperSession.connect({ hosts, credential, timeoutMs: 5 * SECOND });
    const acl = digestAcl(credential);
    const say = async (rank: number, record: RankRecord): Promise<void> => {
      const data = Buffer.from(JSON.stringify(record));
      const made = await session.create(`${znode}/ranks/${rank}`, data, { acl });
      if (made === 'exists') await session.set(`${znode}/ranks/${rank}`, data);
      await session.set(znode, Buffer.from('ring'));
    };
    for (const rank of [0, 1]) await say(rank, { state: 'STARTED', worker: rank, at: Date.now() });
    await mpiswarm.waitFor('default/says', ({ status }) => status.ranks?.length === 2, 5 * SECOND);
    const running = await mpiswarm.cli('describe', 'says');
    expect(running.stdout).to.match(
      /^Ranks:\n {2}RANK +WORKER +STATE +SINCE\n {2}0 +0 +STARTED +\d+s\n {2}1 +1 +STARTED/m,
    );

    const error = 'java.lang.IllegalStateException: no data (Ring.java:12)';
    await say(1, { state: 'FAILED', worker: 1, at: Date.now(), error });
    await session.close();
    await inside(Id, 'touch', '/tmp/go');
    const { status } = await mpiswarm.waitDone('default/says');
    expect(status, JSON.stringify(status)).to.include({
      outcome: 'Failed',
      reason: 'NonZeroExitCode',
      exitCode: 3,
    });
    expect(status.message).to.include(`rank 1 failed: ${error}; mpirun exited with code 3`);
    const ended = await mpiswarm.cli('describe', 'says');
    expect(ended.stdout).to.match(
      /^ {2}1 +1 +FAILED +\d+s +java\.lang\.IllegalStateException: no data \(Ring\.java:12\)$/m,
    );
    const { stdout } = await mpiswarm.cli('get', 'says', '-o', 'json');
    expect(JSON.parse(stdout).status.ranks).to.have.length(2);
  });

  it('shows a replaced worker registered again under its index, which is its rank', async () => {
    const key = 'default/rejoins';
    const here = { replicas: 2, placement: { constraints: [`node.hostname==${hostname}`] } };
    const script = `echo "$OMPI_COMM_WORLD_RANK $(sed -n 's/^worker=//p' ${RUN_PROPERTIES}) $(hostname)"`;
    const parts = {
      image: held,
      workers: here,
      command: ['sh', '-c', script],
      spec: { imagePullPolicy: 'Never' },
    };
    await mpiswarm.drop('rejoins.yaml', manifest('rejoins', parts));
    const release = async (slot: number): Promise<string> => {
      const { Id } = await worker(key, slot);
      await inside(Id, 'sh', '-c', 'mkdir -p /hold && touch /hold/go');
      return Id;
    };
    const first = await release(2);
    const run = (await mpiswarm.job(key))?.status.runs[0]?.id ?? '';
    const registered = (but: string) =>
      until('worker 1 is registered', 30 * SECOND, async () =>
        (await registrations(run)).find(({ index, task }) => index === 1 && task !== but),
      );
    const before = await registered('');
    await docker.getContainer(first).kill({ signal: 'SIGKILL' });
    await until(
      'another container',
      30 * SECOND,
      async () => (await worker(key, 2)).Id !== first || undefined,
    );
    await release(2);
    const after = await registered(before.task);
    expect(after.index).to.equal(1);
    await release(1);
    const { status } = await mpiswarm.waitDone(key);
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    expect(status.runs, 'no run was spent').to.have.length(1);
    const placed = expandPlacement(status.runs[0]?.placement ?? []).map(({ rank, worker }) => [rank, worker]);
    expect(placed).to.deep.equal([
      [0, 0],
      [1, 1],
    ]);
    expect((await mpiswarm.output(run)).trim().split('\n').sort()).to.deep.equal([
      '0 0 rejoins-1',
      '1 1 rejoins-2',
    ]);
  });
});
