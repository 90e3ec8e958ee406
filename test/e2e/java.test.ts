import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { engineClient } from '../../controller/adapters/swarm/engine.js';
import { LABEL } from '../../controller/core/names.js';
import { expandPlacement } from '../../controller/core/placed-ranks.js';
import type { JobRecord } from '../../controller/core/record.js';
import { execIn } from '../images/container.js';
import { DOCKER, TestInstallation, until } from './support/installation.js';
import { OPENMPI_JAVA, ringOutput } from './support/manifest.js';

const EXAMPLES = '/opt/mpiswarm-java/examples/examples.jar';

describe('a Java program as MPI job, on three nodes', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await mpiswarm.start();
  });

  after(async () => mpiswarm.destroy());

  it('runs the ring of the examples, rank r on worker r, and prints what Twister2 printed', async () => {
    const text = await example('ring-java');
    expect(text).to.contain(OPENMPI_JAVA);
    await mpiswarm.drop('ring-java.yaml', text);
    const { status } = await mpiswarm.waitDone('default/ring-java');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const [run] = status.runs;
    expect((await mpiswarm.output(run?.id ?? '')).trim().split('\n').sort()).to.deep.equal(ringOutput(4));
    const placed = expandPlacement(run?.placement ?? []).map(({ rank, worker }) => [rank, worker]);
    expect(placed).to.deep.equal([0, 1, 2, 3].map(rank => [rank, rank]));
  });

  it('greets from every worker, lists all of them in the plan, and says when each starts and completes', async () => {
    const text = await example('hello-world');
    // Long enough to be seen at work
    await mpiswarm.drop(
      'hello-world.yaml',
      text.replace('hello-sleep-seconds: "2"', 'hello-sleep-seconds: "8"'),
    );
    const all = (state: string): readonly unknown[] => [0, 1, 2, 3].map(rank => [rank, rank, state]);
    const going = await mpiswarm.waitFor('default/hello-world', ({ status }) => status.ranks?.length === 4);
    expect(states(going)).to.deep.equal(all('STARTED'));
    expect(await logFiles('default/hello-world')).to.match(/^worker-[0-3]\.log\.0$/m);

    const done = await mpiswarm.waitDone('default/hello-world');
    expect(done.status.outcome, JSON.stringify(done.status)).to.equal('Succeeded');
    expect(states(done)).to.deep.equal(all('COMPLETED'));
    const { stdout, stderr } = await mpiswarm.cli('logs', 'hello-world');
    const lines = stdout.split('\n');
    for (const rank of [0, 1, 2, 3]) {
      expect(lines).to.include(
        `Hello World from Worker ${rank}; there are 4 total workers and I got a message: Twister2-Hello`,
      );
      const plan = `\\[worker-0\\] .*: worker ${rank}: 10\\.[\\d.]+:2022, container ${rank} on `;
      expect(stdout + stderr).to.match(new RegExp(plan));
    }
    expect(lines.filter(line => line === 'All workers have joined the job. Worker list: ')).to.have.length(4);
    expect(lines.filter(line => line === 'I am done sleeping. Exiting.')).to.have.length(4);
  });

  it('ends all ranks when one worker throws, and tells its exception', async () => {
    const java = { workerClass: 'dev.mpiswarm.examples.FailingWorker', classPath: [EXAMPLES] };
    await mpiswarm.drop('failing.yaml', javaJob('failing', java, { replicas: 4, args: ['2'] }));
    const { status } = await mpiswarm.waitDone('default/failing');
    expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', exitCode: 1 });
    expect(status.message).to.include('java.lang.IllegalStateException: worker 2 has found no data');
    const described = (await mpiswarm.cli('describe', 'failing')).stdout.replace(/\s+/g, ' ');
    expect(described).to.match(
      /2 2 FAILED \S+ java\.lang\.IllegalStateException: worker 2 has found no data/,
    );
    const others = (status.ranks ?? []).filter(({ rank }) => rank !== 2).map(({ state }) => state);
    expect(others).to.deep.equal(['STARTED', 'STARTED', 'STARTED']);
  });

  it('names the worker that is missing at a barrier, and all meet at the next one', async () => {
    const java = { workerClass: 'dev.mpiswarm.examples.LateWorker', classPath: [EXAMPLES] };
    await mpiswarm.drop('late.yaml', javaJob('late', java, { replicas: 4, args: ['1500'] }));
    const { status } = await mpiswarm.waitDone('default/late');
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const { stdout } = await mpiswarm.cli('logs', 'late');
    for (const rank of [0, 1, 2, 3]) {
      const words = `^Worker ${rank}: barrier 0 was given up .*: of 4 workers worker 3 had not come$`;
      expect(stdout).to.match(new RegExp(words, 'm'));
      expect(stdout).to.include(`Worker ${rank} passed the second barrier`);
    }
  });

  for (const [what, java, words] of [
    [
      'class',
      { mainClass: 'org.example.Missing', classPath: [EXAMPLES] },
      'could not find or load main class org.example.Missing',
    ],
    [
      'worker',
      { workerClass: 'org.example.Missing', classPath: [EXAMPLES] },
      `worker class org.example.Missing was not found in ${EXAMPLES}`,
    ],
    [
      'jar',
      { mainClass: 'dev.mpiswarm.examples.Ring', classPath: ['/opt/none.jar'] },
      'jar /opt/none.jar of the class path is not there',
    ],
  ] as const) {
    it(`never starts mpirun where a ${what} is missing, and says which`, async () => {
      const name = `missing-${what}`;
      await mpiswarm.drop(`${name}.yaml`, javaJob(name, java));
      const { status } = await mpiswarm.waitDone(`default/${name}`);
      expect(status.outcome, JSON.stringify(status)).to.equal('Failed');
      expect(status.reason).to.equal('LauncherFault');
      expect(status.message).to.contain(words);
      expect(status.runs.map(run => run.phases.running)).to.deep.equal([undefined]);
      expect((await mpiswarm.cli('describe', name)).stdout).to.contain(words);
    });
  }
});

interface Size {
  readonly replicas?: number;
  readonly args?: readonly string[];
}

function javaJob(name: string, java: object, { replicas = 2, args = [] }: Size = {}): string {
  const spec = { image: OPENMPI_JAVA, workers: { replicas }, java, args };
  return stringify({ apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata: { name }, spec });
}

function states({ status }: JobRecord): readonly unknown[] {
  return (status.ranks ?? []).map(({ rank, worker, state }) => [rank, worker, state]);
}

/** Names of the log files in the container of a worker on node 1. */
async function logFiles(key: string): Promise<string> {
  const docker = engineClient(DOCKER);
  const label = [`${LABEL.job}=${key}`, `${LABEL.role}=workers`];
  const found = await until('a worker on node 1', 10_000, async () => {
    const containers = await docker.listContainers({ filters: { label } });
    return containers[0];
  });
  return execIn(docker, docker.getContainer(found.Id), ['ls', '/run/mpiswarm/job/logs/']);
}

function example(name: string): Promise<string> {
  return readFile(new URL(`../../manifests/twister2/${name}.yaml`, import.meta.url), 'utf8');
}
