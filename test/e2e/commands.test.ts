import { expect } from 'chai';
import { manifest } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

describe('the commands of mpiswarm, on three nodes @full', function () {
  this.timeout(120_000);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('commands');
  });

  after(async () => mpiswarm.close());

  it('show jobs, plans, waiting reasons and output to a person', async () => {
    await mpiswarm.drop('shown.yaml', manifest('shown', { workers: { replicas: 2 } }));
    await mpiswarm.waitDone('default/shown');
    const get = await mpiswarm.cli('get', 'shown');
    expect(get.stdout).to.match(
      /^NAME +PHASE +OUTCOME +WORKERS +RUN +AGE\nshown +done +Succeeded +2 +shown-[0-9a-f]{8}-1 +\d+s\n$/,
    );
    const json = await mpiswarm.cli('get', 'shown', '-o', 'json');
    expect(JSON.parse(json.stdout)).to.have.nested.property('status.outcome', 'Succeeded');
    const described = await mpiswarm.cli('describe', 'shown');
    for (const words of [
      'Ladder:',
      'Workers, as last seen:',
      'Placement:',
      'Events:',
      'mpirun --allow-run-as-root -np 2',
    ]) {
      expect(described.stdout).to.include(words);
    }
    const logs = await mpiswarm.cli('logs', 'shown');
    expect(logs.stdout).to.include('Process 0 sending 10 to rank 1 (2 processes in ring)');
    const unknown = await mpiswarm.cli('describe', 'shwon');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.include('did you mean').and.to.include('shown');
    const plan = await mpiswarm.cli('plan', 'manifests/pi.yaml');
    expect(plan.code, plan.stderr).to.equal(0);
    for (const words of ['imaged', 'networked', 'ssh-ready', 'hostfile-written', 'mpirun']) {
      expect(plan.stdout).to.include(words);
    }
    expect(plan.stdout).to.match(/agent +is installed on the nodes/);
    expect(plan.stdout).to.not.include('puts the agent on every node');
    expect((await mpiswarm.world()).jobs.has('default/pi'), 'a plan does nothing').to.equal(false);
  });

  it('show one more run after a rerun token, and none after a change of policy only', async () => {
    const workers = { replicas: 2 };
    await mpiswarm.drop('shown-again.yaml', manifest('shown-again', { workers }));
    await mpiswarm.waitDone('default/shown-again');
    const policy = { ttlSecondsAfterFinished: 3_600 };
    await mpiswarm.drop(
      'shown-again.yaml',
      manifest('shown-again', { workers, spec: { runPolicy: policy } }),
    );
    const same = await mpiswarm.waitFor(
      'default/shown-again',
      ({ manifest: { spec } }) => spec.runPolicy.ttlSecondsAfterFinished === 3_600,
    );
    expect(same.generation).to.equal(1);
    await mpiswarm.drop(
      'shown-again.yaml',
      manifest('shown-again', { workers, spec: { runPolicy: { ...policy, rerun: 'b' } } }),
    );
    await mpiswarm.waitFor('default/shown-again', ({ generation }) => generation === 2);
    const record = await mpiswarm.waitDone('default/shown-again');
    expect(record.status.runs.map(run => run.outcome)).to.deep.equal(['Succeeded', 'Succeeded']);
    await mpiswarm.remove('shown-again.yaml');
    await mpiswarm.waitGone('default/shown-again');
  });
});
