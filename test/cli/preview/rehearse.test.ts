import { expect } from 'chai';
import type { MPIJob } from '../../../controller/api/types/mpijob.js';
import { intentOf } from '../../../controller/cli/preview/intent.js';
import { type Rehearsal, rehearse } from '../../../controller/cli/preview/rehearse.js';
import { planText } from '../../../controller/cli/preview/render-plan.js';
import { symbolicInstallation, symbolicSwarm } from '../../../controller/cli/preview/symbolic.js';
import { plain } from '../../../controller/cli/render/paint.js';
import type { SwarmWorld } from '../../../controller/core/model/world.js';
import { loadSettings } from '../../../controller/settings/load.js';
import { expectGolden } from '../golden.js';
import { example, GREETING, manifest, T0 } from '../samples.js';

async function played(manifest: MPIJob, change: (swarm: SwarmWorld) => SwarmWorld = swarm => swarm) {
  const settings = await loadSettings({
    env: {},
    home: '/home/someone',
    isRoot: true,
    version: '0.1.0',
    cwd: '/project',
    flags: {},
    readText: async () => undefined,
  });
  const installation = symbolicInstallation(settings);
  const swarm = change(symbolicSwarm(settings));
  const content = manifest.spec.package === undefined ? {} : { package: GREETING };
  const intent = intentOf({ known: undefined, manifest, source: 'sample.yaml:1', now: T0, ...content });
  const { next, record } = intent;
  if (next.kind !== 'start-run') throw new Error('expected a run');
  const rehearsal: Rehearsal = rehearse({ record, run: next.run, installation, swarm, now: T0 });
  return { rehearsal, text: planText({ intent, rehearsal, installation, swarm }, plain) };
}

const network = {
  id: 'n',
  name: 'mesos-overlay',
  driver: 'overlay',
  scope: 'swarm',
  attachable: true,
  encrypted: false,
  labels: {},
};

describe('a rehearsal', () => {
  it('reaches the start of the command for every example', async () => {
    for (const name of ['ring', 'pi', 'npernode', 'worker0', 'full', 'ring-openmpi4', 'package']) {
      const { rehearsal } = await played(example(name));
      expect(rehearsal.stuck, name).to.equal(undefined);
      expect(
        rehearsal.commands.running.map(command => command.do),
        name,
      ).to.deep.equal(['create-start']);
    }
  });

  it('shows what would be made for a job, rung by rung', async () => {
    await expectGolden('plan-ring', (await played(example('ring'))).text);
  });

  it('shows every setting of a job that has all of them', async () => {
    await expectGolden('plan-full', (await played(example('full'))).text);
  });

  it('shows the line that starts a Java program', async () => {
    const job = manifest(
      `{ apiVersion: mpiswarm.dev/v1, kind: MPIJob, metadata: { name: hello }, spec: { image: 'java:1', mpi: { npernode: 1 },
      package: app, workers: { replicas: 4 }, java: { workerClass: org.example.Hello, classPath: [hello.jar] }, args: ['4'] } }`,
    );
    const { text } = await played(job);
    expect(text.find(line => line.includes('command  '))).to.equal(
      "  command  mpirun --allow-run-as-root -npernode 1 --mca btl_tcp_if_include '<subnet of mesos-overlay>' " +
        "--hostfile /twister2/hostFile java -cp '/run/mpiswarm/job/package/hello.jar:/opt/mpiswarm-java/lib/*' " +
        '-Dmpiswarm.worker.class=org.example.Hello dev.mpiswarm.worker.WorkerStarter hello ' +
        "'<zookeeper>/mpiswarm/runs/hello-<uid>-1' 4",
    );
  });

  it('puts worker 0 into the launcher where that is asked for', async () => {
    const text = (await played(example('worker0'))).text.join('\n');
    expect(text).to.contain('worker0-<uid>-1-launcher: 1 container, launcher and worker 0');
    expect(text).to.contain('worker0-<uid>-1-workers: 2 containers, workers 1-2');
  });

  it('shortens a long hostfile', async () => {
    const job = example('ring');
    const many = { ...job, spec: { ...job.spec, workers: { ...job.spec.workers, replicas: 100 } } };
    const { text } = await played(many);
    expect(text.filter(line => line.includes('slots='))).to.have.lengthOf(15);
    expect(text.join('\n')).to.match(/… 85 more\n +<worker 99> slots=1/);
  });

  it('makes no network that is there, and uses its subnet', async () => {
    const { rehearsal, text } = await played(example('ring'), swarm => ({
      ...swarm,
      networks: [{ ...network, subnets: ['10.0.1.0/24'] }],
      zooKeeperNetworks: ['mesos-overlay'],
    }));
    expect(rehearsal.commands.networked).to.deep.equal([]);
    expect(text.join('\n')).to.contain('mesos-overlay is there (10.0.1.0/24)');
    expect(text.join('\n')).to.contain('--mca btl_tcp_if_include 10.0.1.0/24');
  });

  it('stops where a person would have to help, and says why', async () => {
    const { rehearsal, text } = await played(example('ring'), swarm => ({
      ...swarm,
      networks: [{ ...network, attachable: false, subnets: ['10.0.1.0/24'] }],
      zooKeeperNetworks: ['mesos-overlay'],
    }));
    expect(rehearsal.stuck?.phase).to.equal('networked');
    expect(text.join('\n')).to.contain('NetworkMismatch: network mesos-overlay exists with attachable false');
    expect(text.filter(line => line.includes('not reached while that holds'))).to.have.lengthOf(5);
  });

  it('says when no node may host the job', async () => {
    const { rehearsal } = await played(example('ring'), swarm => ({ ...swarm, nodes: [] }));
    expect(rehearsal.stuck?.reasons.map(reason => reason.reason)).to.deep.equal(['NoUsableNode']);
  });
});
