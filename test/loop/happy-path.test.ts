import { expect } from 'chai';
import { LABEL } from '../../controller/core/model/names.js';
import { PHASES } from '../../controller/core/model/phase.js';
import { pinnedOf } from '../fakes/images.js';
import { manifest, Scene } from './scene.js';

describe('a manifest dropped into the folder', () => {
  it('climbs all eight phases in order and ends Succeeded', async () => {
    const scene = new Scene();
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.untilDone('default/ring');
    const seen = scene.news.flatMap(news => (news.kind === 'job' ? [news.record.status.phase] : []));
    const climbed = seen.filter((phase, at) => phase !== seen[at - 1]);
    // Rungs that become true between two looks are passed at once
    expect(climbed).to.deep.equal(PHASES.filter(phase => climbed.includes(phase)));
    expect(climbed).to.include.members([
      'pending',
      'networked',
      'registered',
      'hostfile-written',
      'running',
      'done',
    ]);
    const { status } = scene.job('default/ring');
    expect(status).to.include({ outcome: 'Succeeded', exitCode: 0, reason: 'Completed' });
    expect(scene.agents.ledger).to.have.length(1);
  });

  it('runs the image by its digest, never by its tag', async () => {
    const scene = new Scene();
    scene.agents.programs.set('default/ring', { endless: true });
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.until('started', () => scene.agents.ledger.length === 1);
    const ofRun = scene.cluster.services.filter(({ spec }) => spec.labels[LABEL.run] !== undefined);
    expect(ofRun.map(({ spec }) => spec.image)).to.deep.equal([pinnedOf('ring:1'), pinnedOf('ring:1')]);
  });

  it('gives workers the locations of their nodes, from the labels of the nodes', async () => {
    const scene = new Scene();
    scene.cluster.nodes.length = 0;
    scene.cluster.addNode('n1', { rack: 'r1', datacenter: 'east' });
    scene.agents.programs.set('default/ring', { endless: true });
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.until('started', () => scene.agents.ledger.length === 1);
    const [znodes] = scene.stateStore.runs.values();
    const there = { address: '192.168.90.11', rack: 'r1', dataCenter: 'east' };
    expect(znodes?.directory.nodes).to.deep.equal({ 'node-n1': there });
    expect(znodes?.directory.jobMaster).to.match(/\/runs\/ring-[0-9a-f]{8}-1$/);
    expect(znodes?.registrations.get(0)?.node).to.deep.equal({ id: 'node-n1', hostname: 'n1', ...there });
  });

  it('has the time of each phase of the run, in order', async () => {
    const scene = new Scene();
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.untilDone('default/ring');
    const phases = scene.job('default/ring').status.runs[0]?.phases ?? {};
    const times = PHASES.map(phase => phases[phase]);
    expect(times).to.not.include(undefined);
    expect(times).to.deep.equal([...times].sort());
  });

  it('is left alone once it is done: twenty ticks write nothing and issue no command', async () => {
    const scene = new Scene();
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.untilDone('default/ring');
    await scene.rounds(1);
    const before = scene.effects.log.length;
    const asked = scene.images.asked.length;
    await scene.rounds(20);
    expect(scene.effects.log.slice(before)).to.deep.equal([]);
    expect(scene.images.asked).to.have.length(asked);
  });

  it('leaves the ended launcher and its output, and nothing that runs', async () => {
    const scene = new Scene();
    scene.agents.programs.set('default/ring', { stdout: 'Process 0 exiting\n' });
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.untilDone('default/ring');
    const run = scene.job('default/ring').status.runs[0]?.id ?? '';
    expect(scene.outputs.text(run)).to.equal('Process 0 exiting\n');
    expect(scene.remains()).to.deep.equal([
      `config ${run}`,
      `secret ${run}-launcher`,
      `secret ${run}-worker`,
      `service ${run}-launcher`,
    ]);
    expect(scene.cluster.tasks.filter(task => task.state === 'running')).to.deep.equal([]);
  });

  it('does nothing when it is dropped again', async () => {
    const scene = new Scene();
    scene.manifests.put('ring.yaml', manifest('ring'));
    await scene.untilDone('default/ring');
    scene.manifests.put('ring.yaml', manifest('ring'));
    const before = scene.effects.log.length;
    await scene.rounds(20);
    expect(scene.effects.log.slice(before)).to.deep.equal([]);
    expect(scene.agents.ledger).to.have.length(1);
  });

  it('runs with worker 0 as its launcher, with two containers for two workers', async () => {
    const scene = new Scene();
    scene.manifests.put('ring.yaml', manifest('ring', { launcher: { mode: 'Worker0' } }));
    await scene.until('containers are up', () => scene.agents.ledger.length === 1);
    const running = scene.cluster.tasks.filter(task => task.state === 'running');
    expect(running).to.have.length(2);
    await scene.untilDone('default/ring');
    expect(scene.job('default/ring').status.outcome).to.equal('Succeeded');
  });

  it('runs as a single container when worker 0 is the only worker', async () => {
    const scene = new Scene();
    scene.manifests.put(
      'ring.yaml',
      manifest('ring', { workers: { replicas: 1 }, launcher: { mode: 'Worker0' } }),
    );
    await scene.untilDone('default/ring');
    expect(scene.job('default/ring').status.outcome).to.equal('Succeeded');
  });
});

describe('three jobs dropped at once', () => {
  it('run side by side without sharing a name, a key, a znode or a hostfile', async () => {
    const scene = new Scene();
    const names = ['ring', 'pi', 'where'];
    for (const name of names) {
      scene.agents.programs.set(`default/${name}`, { endless: true });
      scene.manifests.put(`${name}.yaml`, manifest(name));
    }
    await scene.until('all three run', () => scene.agents.ledger.length === 3);
    const { services, secrets, configs } = scene.cluster;
    expect(new Set(services.map(({ spec }) => spec.name)).size).to.equal(7);
    expect(new Set(secrets.map(({ content }) => content)).size).to.equal(6);
    expect(new Set(configs.map(({ content }) => content)).size).to.equal(3);
    const hostfiles = [...scene.stateStore.runs.values()].map(znodes => znodes.start?.hostfile);
    expect(new Set(hostfiles).size).to.equal(3);
    expect(new Set(scene.agents.ledger.map(({ run }) => run)).size).to.equal(3);
  });

  it('all succeed', async () => {
    const scene = new Scene();
    for (const name of ['ring', 'pi', 'where']) scene.manifests.put(`${name}.yaml`, manifest(name));
    await scene.untilDone('default/ring', 'default/pi', 'default/where');
    for (const name of ['ring', 'pi', 'where']) {
      expect(scene.job(`default/${name}`).status.outcome).to.equal('Succeeded');
    }
    expect(scene.agents.ledger).to.have.length(3);
  });
});
