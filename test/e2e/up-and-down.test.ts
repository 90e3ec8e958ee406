import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { runLabels, ZOOKEEPER_NAME } from '../../controller/core/model/names.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { manifest, OPENMPI5 } from './support/manifest.js';
import { removeUnused } from './support/remove.js';

/** A network and a volume as somebody else would make them. */
const OTHERS = 'others-thing';
/** What another installation has. */
const ANOTHER = 'of-another';

describe('mpiswarm up and down', function () {
  this.timeout(120_000);

  it('leaves the engine as it was found, and touches nothing of others', async () => {
    const docker = engineClient(DOCKER);
    await docker.createVolume({ Name: OTHERS });
    await docker.createNetwork({ Name: OTHERS, Driver: 'overlay', Attachable: true });
    const mpiswarm = await TestInstallation.create();
    try {
      const before = await inventory();
      await mpiswarm.start();
      await mpiswarm.drop('gone.yaml', manifest('gone', { workers: { replicas: 2 } }));
      await mpiswarm.drop(
        'running.yaml',
        manifest('running', { workers: { replicas: 2 }, command: ['sleep', '600'] }),
      );
      await mpiswarm.waitDone('default/gone');
      await mpiswarm.waitFor('default/running', ({ status }) => status.phase === 'running');
      expect(await inventory(), 'something was made').to.not.deep.equal(before);
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

  it('leaves what another installation has in the swarm, and what they share, and says so', async () => {
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
        expect(down.stdout).to.include(`${kind} ${ANOTHER} stays: it is of installation zk9:2181/other\n`);
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

  it('shows jobs, plans, waiting reasons and output to a person', async () => {
    const mpiswarm = await TestInstallation.create();
    try {
      await mpiswarm.start();
      await mpiswarm.drop('ring.yaml', manifest('ring', { workers: { replicas: 2 } }));
      await mpiswarm.waitDone('default/ring');
      const get = await mpiswarm.cli('get');
      expect(get.stdout).to.match(
        /^NAME +PHASE +OUTCOME +WORKERS +RUN +AGE\nring +done +Succeeded +2 +ring-[0-9a-f]{8}-1 +\d+s\n$/,
      );
      const json = await mpiswarm.cli('get', 'ring', '-o', 'json');
      expect(JSON.parse(json.stdout)).to.have.nested.property('status.outcome', 'Succeeded');
      const described = await mpiswarm.cli('describe', 'ring');
      for (const words of [
        'Ladder:',
        'Workers:',
        'Placement:',
        'Events:',
        'mpirun --allow-run-as-root -np 2',
      ]) {
        expect(described.stdout).to.include(words);
      }
      const logs = await mpiswarm.cli('logs', 'ring');
      expect(logs.stdout).to.include('Process 0 sending 10 to rank 1 (2 processes in ring)');
      const unknown = await mpiswarm.cli('describe', 'rign');
      expect(unknown.code).to.equal(1);
      expect(unknown.stderr).to.include('did you mean').and.to.include('ring');
      const plan = await mpiswarm.cli('plan', 'manifests/pi.yaml');
      expect(plan.code, plan.stderr).to.equal(0);
      for (const words of ['imaged', 'networked', 'ssh-ready', 'hostfile-written', 'mpirun']) {
        expect(plan.stdout).to.include(words);
      }
      expect(plan.stdout).to.match(/agent +is installed on the nodes/);
      expect(plan.stdout).to.not.include('puts the agent on every node');
      expect((await mpiswarm.world()).jobs.has('default/pi'), 'a plan does nothing').to.equal(false);
    } finally {
      await mpiswarm.destroy();
    }
  });

  it('goes on with a job after a rerun token, and runs nothing anew after a change of policy', async () => {
    const mpiswarm = await TestInstallation.create();
    try {
      await mpiswarm.start();
      const workers = { replicas: 2 };
      await mpiswarm.drop('again.yaml', manifest('again', { workers }));
      await mpiswarm.waitDone('default/again');
      const policy = { ttlSecondsAfterFinished: 3_600 };
      await mpiswarm.drop('again.yaml', manifest('again', { workers, spec: { runPolicy: policy } }));
      const same = await mpiswarm.waitFor(
        'default/again',
        ({ manifest: { spec } }) => spec.runPolicy.ttlSecondsAfterFinished === 3_600,
      );
      expect(same.generation).to.equal(1);
      await mpiswarm.drop(
        'again.yaml',
        manifest('again', { workers, spec: { runPolicy: { ...policy, rerun: 'b' } } }),
      );
      await mpiswarm.waitFor('default/again', ({ generation }) => generation === 2);
      const record = await mpiswarm.waitDone('default/again');
      expect(record.status.runs.map(run => run.outcome)).to.deep.equal(['Succeeded', 'Succeeded']);
      // Another job first, lest the folder empties at one stroke
      await mpiswarm.drop('other.yaml', manifest('other', { workers }));
      await mpiswarm.remove('again.yaml');
      await mpiswarm.waitGone('default/again');
      await mpiswarm.waitDone('default/other');
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
