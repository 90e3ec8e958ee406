import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/swarm/engine.js';
import { DOCKER, TestInstallation } from './support/installation.js';
import { manifest } from './support/manifest.js';

/** A network and a volume as somebody else would make them. */
const OTHERS = 'others-thing';

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
      await mpiswarm.destroy();
      expect(await inventory()).to.deep.equal(before);
    } finally {
      await mpiswarm.destroy();
      await docker.getNetwork(OTHERS).remove();
      await docker.getVolume(OTHERS).remove();
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
