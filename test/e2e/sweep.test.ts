import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { ZOOKEEPER_VOLUME } from '../../controller/adapters/setup/zookeeper-container.js';
import { LABEL, runLabels, ZOOKEEPER_NAME } from '../../controller/core/model/names.js';
import type { Labels } from '../../controller/core/model/world.js';
import { DOCKER, TestInstallation, until } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { removeUnused } from './support/remove.js';

const KEY = 'default/kept';
const docker = engineClient(DOCKER);

describe('a controller that finds ZooKeeper without its data @full', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
  });

  after(async () => {
    for (const name of STRANGE) await docker.getSecret(name).remove();
    await mpiswarm.destroy();
  });

  it('does nothing until it is allowed to; then it removes orphans, and nothing of other owners', async () => {
    await mpiswarm.start();
    const text = manifest('kept', { workers: { replicas: 2 }, command: ['sleep', '900'] });
    await mpiswarm.drop('kept.yaml', text);
    const { status, uid } = await mpiswarm.waitFor(KEY, record => record.status.phase === 'running');
    const run = status.runs[0]?.id ?? '';
    const mine = (await docker.listSecrets({ filters: { label: [`${LABEL.run}=${run}`] } }))[0]?.Spec?.Labels;
    const installation = mine?.[LABEL.installation] ?? '';
    expect(installation).to.match(/^mpiswarm-zookeeper:2181@[0-9a-z]{25}\/mpiswarm$/);
    await makeStrangers(mine ?? {});
    const before = await ofRun(run);
    expect(before, 'two services, two secrets, a config').to.have.length(5);

    await mpiswarm.stop();
    await loseData();
    await mpiswarm.start();
    await until('the refusal', 60_000, async () =>
      mpiswarm.log.includes("nothing is done until ZooKeeper's data are restored") ? true : undefined,
    );
    // Orphans would be removed after ten seconds
    await new Promise(resolve => setTimeout(resolve, 15_000));
    expect(await ofRun(run)).to.have.members(before);
    await mpiswarm.stop();
    await mpiswarm.start(['--allow-empty-zookeeper']);
    // The job is in the folder still, so it runs anew, as another one
    const anew = await mpiswarm.waitFor(
      KEY,
      record => record.uid !== uid && record.status.phase === 'running',
    );
    const words = `run ${run} belongs to no job; removed service ${run}-launcher, service ${run}-workers`;
    await until('the sweep', 60_000, async () => ((await ofRun(run)).length === 0 ? true : undefined));
    expect(mpiswarm.log).to.include(words);
    await until('its containers are gone', 60_000, async () => {
      const label = [`${LABEL.run}=${run}`];
      return (await docker.listContainers({ filters: { label } })).length === 0 ? true : undefined;
    });
    const names = (await docker.listSecrets()).map(secret => secret.Spec?.Name);
    expect(names).to.include.members([...STRANGE]);
    expect(await mpiswarm.job(KEY)).to.have.nested.property('status.phase', 'running');
    expect((await mpiswarm.job(KEY))?.status.runs.map(({ id }) => id)).to.deep.equal(
      anew.status.runs.map(({ id }) => id),
    );
    const networks = (await docker.listNetworks()).map(({ Name }) => Name);
    expect(networks).to.include('mesos-overlay');
  });

  const STRANGE = ['test-of-another', 'test-of-nobody', 'test-without-labels'];

  /** What another installation, an older one of nobody's, and somebody else could have made. */
  async function makeStrangers(mine: Labels): Promise<void> {
    const of = (id: string): Labels =>
      runLabels(
        {
          installation: id,
          key: 'default/strange',
          uid: '99999999',
          generation: 1,
          run: 'strange-99999999-1',
        },
        'worker',
      );
    const { [LABEL.installation]: _, ...unsaid } = of('');
    const labels = [of(`${mine[LABEL.installation]}-other`), unsaid, {}];
    for (const [i, Name] of STRANGE.entries())
      await docker.createSecret({ Name, Labels: labels[i] ?? {}, Data: 'c3RyYW5nZQ==' });
  }
});

/** Names of what Swarm has of a run. */
async function ofRun(run: string): Promise<readonly (string | undefined)[]> {
  const filters = { label: [`${LABEL.run}=${run}`] };
  const [services, secrets, configs] = await Promise.all([
    docker.listServices({ filters }),
    docker.listSecrets({ filters }),
    docker.listConfigs({ filters }),
  ]);
  return [...services, ...secrets, ...configs].map(object => object.Spec?.Name);
}

/** As after a broken disk: the next controller finds no ZooKeeper, and makes an empty one. */
async function loseData(): Promise<void> {
  await docker.getContainer(ZOOKEEPER_NAME).remove({ force: true });
  await removeUnused(docker.getVolume(ZOOKEEPER_VOLUME));
}
