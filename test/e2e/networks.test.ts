import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL, ZOOKEEPER_NAME } from '../../controller/core/model/names.js';
import { DOCKER, until } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

const docker = engineClient(DOCKER);
const GONE_MS = 90_000;
/** Whatever else counted as spare would be removed in the same moment. */
const LATER_MS = 3_000;
/** Made by somebody else, for a job that names it. */
const FOREIGN = 'networks-test-foreign';

const onNetwork = (name: string, program: string): string =>
  manifest(name, {
    workers: { replicas: 2 },
    command: ['sleep', program],
    spec: { network: { name: name === 'guest' ? FOREIGN : `${name}-net` } },
  });

describe('a network that a job names @full', function () {
  this.timeout(240_000);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('networks');
    await docker.createNetwork({ Name: FOREIGN, Driver: 'overlay', Attachable: true });
  });

  after(async () => {
    await mpiswarm.close(() => docker.getNetwork(FOREIGN).remove());
  });

  it('is removed after the containers of its job; networks of other jobs and other owners are kept', async () => {
    for (const name of ['gone', 'stays', 'guest'])
      await mpiswarm.drop(`${name}.yaml`, onNetwork(name, '600'));
    for (const name of ['gone', 'stays', 'guest'])
      await mpiswarm.waitFor(`default/${name}`, ({ status }) => status.phase === 'running');
    expect(await zooKeeperNetworks()).to.include.members(['gone-net', 'stays-net', FOREIGN]);
    for (const name of ['gone', 'guest']) await mpiswarm.remove(`${name}.yaml`);
    await until('the removal of gone-net', GONE_MS, async () => {
      const there = (await networks()).includes('gone-net');
      // Read after the network: what has ended by then may have ended before it, what has not has lost it
      if (!there) expect(await tasksOf('gone'), 'tasks on a network that is gone').to.deep.equal([]);
      return there ? undefined : true;
    });
    await new Promise(resolve => setTimeout(resolve, LATER_MS));
    expect(mpiswarm.log).to.include('removed network gone-net: no job uses it');
    expect(await networks())
      .to.include.members(['stays-net', FOREIGN])
      .and.not.include('gone-net');
    expect(await zooKeeperNetworks())
      .to.include('stays-net')
      .and.not.include('gone-net');
    expect(await mpiswarm.job('default/stays')).to.have.nested.property('status.phase', 'running');
  });

  it('is created again for the next job that names it', async () => {
    await mpiswarm.drop('gone.yaml', onNetwork('gone', '0'));
    const { status } = await mpiswarm.waitDone('default/gone');
    expect(status.outcome).to.equal('Succeeded');
    expect(await networks(), 'a finished job names it').to.include('gone-net');
  });
});

async function networks(): Promise<readonly string[]> {
  return (await docker.listNetworks()).map(({ Name }) => Name);
}

async function zooKeeperNetworks(): Promise<readonly string[]> {
  const { NetworkSettings } = await docker.getContainer(ZOOKEEPER_NAME).inspect();
  return Object.keys(NetworkSettings.Networks);
}

/** States of the tasks of a job whose containers may still be there. */
async function tasksOf(name: string): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.job}=default/${name}`] };
  const tasks = (await docker.listTasks({ filters })) as readonly {
    readonly Status: { readonly State: string };
  }[];
  const ended = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];
  return tasks.map(({ Status }) => Status.State).filter(state => !ended.includes(state));
}
