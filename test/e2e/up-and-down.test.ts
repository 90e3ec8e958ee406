import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL, runLabels, ZOOKEEPER_NAME } from '../../controller/core/model/names.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { manifest, OPENMPI5 } from './support/manifest.js';
import { removeUnused } from './support/remove.js';

/** A network and a volume as somebody else would make them. */
const OTHERS = 'others-thing';
/** What another installation has. */
const ANOTHER = 'of-another';

describe('mpiswarm up and down', function () {
  this.timeout(120_000);

  it('leave the engine as it was, and touch nothing of other owners', async () => {
    const docker = engineClient(DOCKER);
    await docker.createVolume({ Name: OTHERS });
    await docker.createNetwork({ Name: OTHERS, Driver: 'overlay', Attachable: true });
    const mpiswarm = await TestInstallation.create();
    try {
      const before = await inventory();
      await mpiswarm.start();
      await mpiswarm.drop('gone.yaml', manifest('gone', { workers: { replicas: 2 } }));
      await mkdir(join(mpiswarm.manifests, 'app'));
      await writeFile(join(mpiswarm.manifests, 'app', 'data.txt'), 'some');
      const parts = { workers: { replicas: 2 }, command: ['sleep', '600'], spec: { package: 'app' } };
      await mpiswarm.drop('running.yaml', manifest('running', parts));
      await mpiswarm.waitDone('default/gone');
      await mpiswarm.waitFor('default/running', ({ status }) => status.phase === 'running');
      expect(await inventory(), 'something was made').to.not.deep.equal(before);
      expect(await packageServers(docker), 'what serves the package').to.have.length(1);
      const refused = await mpiswarm.cli('down');
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.match(/a controller runs \(process \d+ on \S+\); stop it first/);
      await mpiswarm.stop();
      const removed = await mpiswarm.cli('down');
      expect(removed.code, removed.stderr).to.equal(0);
      expect(removed.stdout).to.not.include('stays');
      expect(await inventory()).to.deep.equal(before);
      expect(await readdir(mpiswarm.stateDir), 'stored output and the credential').to.deep.equal([]);
    } finally {
      await mpiswarm.destroy();
      await docker.getNetwork(OTHERS).remove();
      await removeUnused(docker.getVolume(OTHERS));
    }
  });

  it('leave another installation’s things and shared ones in the swarm, and say so @full', async () => {
    const docker = engineClient(DOCKER);
    const mpiswarm = await TestInstallation.create();
    try {
      await mpiswarm.start();
      const text = manifest('mine', { workers: { replicas: 2 }, command: ['sleep', '600'] });
      await mpiswarm.drop('mine.yaml', text);
      await mpiswarm.waitFor('default/mine', ({ status }) => status.phase === 'running');
      await mpiswarm.stop();
      const before = await inventory();
      await makeThingsOfAnother(docker);
      const down = await mpiswarm.cli('down');
      expect(down.code, down.stderr).to.equal(0);
      for (const kind of ['service', 'secret', 'config'])
        expect(down.stdout).to.include(
          `${kind} ${ANOTHER} stays: it belongs to installation zk9:2181/other\n`,
        );
      const after = await inventory();
      for (const kind of ['services', 'secrets', 'configs'])
        expect(after[kind]?.filter(name => !name.startsWith('mpiswarm-agent-'))).to.deep.equal([ANOTHER]);
      expect(after['networks']).to.deep.equal(before['networks']);
      expect(after['volumes']).to.deep.equal(before['volumes']);
      expect(after['containers']).to.include(`/${ZOOKEEPER_NAME}`);
      expect(await readdir(mpiswarm.stateDir)).to.include('zookeeper-credential');
      const all = await mpiswarm.cli('down', '--all');
      expect(all.code, all.stderr).to.equal(0);
      const nothing = await inventory();
      expect([nothing['services'], nothing['secrets'], nothing['configs']]).to.deep.equal([[], [], []]);
      expect(nothing['containers']).to.not.include(`/${ZOOKEEPER_NAME}`);
    } finally {
      await mpiswarm.destroy();
    }
  });
});

/** What another installation could have in the same swarm; its service has no node to run on. */
async function makeThingsOfAnother(docker: ReturnType<typeof engineClient>): Promise<void> {
  const labels = runLabels(
    {
      installation: 'zk9:2181/other',
      key: 'default/theirs',
      uid: '99999999',
      generation: 1,
      run: 'theirs-99999999-1',
    },
    'worker',
  );
  const object = { Name: ANOTHER, Labels: labels, Data: 'c3RyYW5nZQ==' };
  await docker.createSecret(object);
  await docker.createConfig(object);
  await docker.createService({
    Name: ANOTHER,
    Labels: labels,
    TaskTemplate: {
      ContainerSpec: { Image: OPENMPI5 },
      Placement: { Constraints: ['node.labels.nowhere==true'] },
    },
  });
}

function packageServers(docker: ReturnType<typeof engineClient>) {
  return docker.listContainers({ all: true, filters: { label: [`${LABEL.part}=package`] } });
}

/** Names of everything on the first node's engine and in its swarm, sorted. */
async function inventory(): Promise<Readonly<Record<string, readonly string[]>>> {
  const docker = engineClient(DOCKER);
  const names = (all: readonly (string | undefined)[]): readonly string[] =>
    all.map(name => name ?? '').sort();
  const { Volumes } = await docker.listVolumes();
  return {
    services: names((await docker.listServices()).map(s => s.Spec?.Name)),
    secrets: names((await docker.listSecrets()).map(s => s.Spec?.Name)),
    configs: names((await docker.listConfigs()).map(c => c.Spec?.Name)),
    networks: names((await docker.listNetworks()).map(n => n.Name)),
    volumes: names(Volumes.map(v => v.Name)),
    containers: names((await docker.listContainers({ all: true })).map(c => c.Names[0])),
  };
}
