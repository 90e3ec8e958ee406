import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { parseManifests } from '../../../controller/api/manifest/parse.js';
import type { MPIJob } from '../../../controller/api/types/mpijob.js';
import { agentService } from '../../../controller/core/desired/agent-service.js';
import { networkSpec } from '../../../controller/core/desired/network.js';
import { type RunInputs, runSpec } from '../../../controller/core/desired/run-spec.js';
import { runServices } from '../../../controller/core/desired/services.js';
import { INSTALLATION, job, PINNED } from '../build.js';

function inputs(of: MPIJob): RunInputs {
  const run = `${of.metadata.name}-1a2b3c4d-1`;
  const key = `${of.metadata.namespace}/${of.metadata.name}`;
  return {
    job: of,
    identity: { installation: INSTALLATION.id, key, uid: '1a2b3c4d', generation: 1, run },
    image: PINNED,
    subnets: ['10.0.1.0/24'],
    hostPublicKey: 'ssh-ed25519 HOST',
    clientPublicKey: 'ssh-ed25519 CLIENT',
    installation: INSTALLATION,
    nodes: [],
  };
}

/** Everything that is made for a job, as it is told to Swarm and to the agents. */
function everything(of: MPIJob): unknown {
  const all = {
    network: networkSpec(of, INSTALLATION),
    run: runSpec(inputs(of)),
    services: runServices(inputs(of)),
  };
  return JSON.parse(JSON.stringify(all));
}

/** Compares with the file, which is written anew where UPDATE_GOLDEN is set, so that a change is read as a diff. */
async function expectGolden(name: string, actual: unknown): Promise<void> {
  const file = new URL(`golden/${name}.json`, import.meta.url);
  if (process.env['UPDATE_GOLDEN']) await writeFile(file, `${JSON.stringify(actual, null, 2)}\n`);
  expect(actual).to.deep.equal(JSON.parse(await readFile(file, 'utf8')));
}

async function fullJob(): Promise<MPIJob> {
  const text = await readFile(new URL('../../../manifests/full.yaml', import.meta.url), 'utf8');
  const found = parseManifests(text, 'full.yaml').definitions[0]?.job;
  if (!found) throw new Error('manifests/full.yaml is not valid');
  return found.manifest;
}

describe('the world that a job needs', () => {
  it('equals golden/minimal.json for a minimal job', async () => {
    await expectGolden('minimal', everything(job()));
  });

  it('equals golden/full.json for a job with every field', async () => {
    await expectGolden('full', everything(await fullJob()));
  });

  it('is the same bytes every time', async () => {
    const of = await fullJob();
    expect(JSON.stringify(everything(of))).to.equal(JSON.stringify(everything(structuredClone(of))));
  });

  it('holds no private key and no credential', async () => {
    expect(JSON.stringify(everything(await fullJob()))).to.not.match(/PRIVATE|password|credential/i);
  });

  it('has one worker fewer, numbered from 1, with worker 0 as launcher', () => {
    const of = job({ workers: { replicas: 3 }, launcher: { mode: 'Worker0' } });
    const [launcher, workers] = runServices(inputs(of));
    expect(launcher?.env).to.include({ MPISWARM_ROLES: 'launcher,worker', MPISWARM_FIRST_INDEX: '0' });
    expect(launcher?.secrets).to.have.length(2);
    expect(workers?.env).to.include({ MPISWARM_ROLES: 'worker', MPISWARM_FIRST_INDEX: '1' });
    expect(workers?.mode).to.deep.equal({ kind: 'replicated', replicas: 2 });
  });

  it('is a single service when worker 0 is the launcher and the only worker', () => {
    const of = job({ workers: { replicas: 1 }, launcher: { mode: 'Worker0' } });
    expect(runServices(inputs(of))).to.have.length(1);
  });

  it('gives the client key only to the launcher', () => {
    const [launcher, workers] = runServices(inputs(job()));
    expect(launcher?.secrets.map(({ name }) => name)).to.deep.equal(['ring-1a2b3c4d-1-launcher']);
    expect(workers?.secrets.map(({ name }) => name)).to.deep.equal(['ring-1a2b3c4d-1-worker']);
  });

  it('asks no registry when images are never pulled', () => {
    const [launcher] = runServices(inputs(job({ imagePullPolicy: 'Never' })));
    expect(launcher?.withRegistryAuth).to.equal(false);
  });

  it('makes a folder for the hostfile only where no image has one', () => {
    const targets = (hostfile: string) =>
      runServices(inputs(job({ mpi: { hostfile } })))[0]?.mounts.map(mount => mount.target);
    expect(targets('/twister2/hostFile')).to.include('/twister2');
    expect(targets('/tmp/hosts')).to.deep.equal(['/opt/mpiswarm', '/run/mpiswarm', '/dev/shm']);
  });
});

describe('the agent', () => {
  it('is put on every node, once, into a volume named after its content', () => {
    const spec = agentService(INSTALLATION);
    expect(spec).to.deep.include({
      name: 'mpiswarm-agent-abcdefabcdef',
      mode: { kind: 'global' },
      networks: [],
    });
    expect(spec.mounts).to.have.length(1);
    const volume = { type: 'volume', source: 'mpiswarm-agent-abcdefabcdef', target: '/opt/mpiswarm' };
    expect(spec.mounts[0]).to.deep.include({ ...volume, readOnly: false, noCopy: false });
  });
});
