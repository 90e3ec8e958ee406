import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { stringify } from 'yaml';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { openCluster } from '../../scripts/cluster/cluster.js';
import { execIn } from '../images/container.js';
import { OPENMPI_JAVA, ringOutput } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const EXAMPLES = '/opt/mpiswarm-java/examples/examples.jar';

/** What a job can lack, its Java settings, and what is said of it. */
const MISSING = [
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
] as const;

describe('a Java program as MPI job, on three nodes @java', function () {
  this.timeout(180_000);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('java');
  });

  after(async () => mpiswarm.close());

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

  describe('in other cases @full', () => {
    let ended: Ended;

    before(async () => {
      const failing = { workerClass: 'dev.mpiswarm.examples.FailingWorker', classPath: [EXAMPLES] };
      const late = { workerClass: 'dev.mpiswarm.examples.LateWorker', classPath: [EXAMPLES] };
      // Long enough to be seen at work
      const hello = `${await example('hello-world')}    hello-sleep-seconds: "15"\n`;
      await mpiswarm.drop('hello-world.yaml', hello);
      ended = together(
        mpiswarm,
        {
          failing: javaJob('failing', failing, { replicas: 4, args: ['2'] }),
          late: javaJob('late', late, { replicas: 4, args: ['6000'] }),
          ...Object.fromEntries(
            MISSING.map(([what, java]) => [`missing-${what}`, javaJob(`missing-${what}`, java)]),
          ),
        },
        2,
      );
    });

    it('greets from every worker, lists all of them in the plan, and says when each starts and completes', async () => {
      const text = await example('hello-world');
      expect(text, 'as shipped it sleeps as long as Twister2’s').not.to.include('sleep');
      const all = (state: string): readonly unknown[] => [0, 1, 2, 3].map(rank => [rank, rank, state]);
      const going = await mpiswarm.waitFor('default/hello-world', ({ status }) => status.ranks?.length === 4);
      expect(states(going)).to.deep.equal(all('STARTED'));
      const files = await logFiles('default/hello-world');
      expect(files.map(([name]) => name)).to.deep.equal([0, 1, 2, 3].map(rank => `worker-${rank}.log.0`));
      for (const [rank, [, content]] of files.entries()) {
        const line = `\\[INFO\\] \\[worker-${rank}\\] \\[main\\] .*: worker ${rank} of 4 starts dev\\.mpiswarm`;
        expect(content).to.match(new RegExp(line));
      }

      const done = await mpiswarm.waitDone('default/hello-world');
      expect(done.status.outcome, JSON.stringify(done.status)).to.equal('Succeeded');
      expect(states(done)).to.deep.equal(all('COMPLETED'));
      const { stdout, stderr } = await mpiswarm.cli('logs', 'hello-world');
      const lines = stdout.split('\n');
      const count = (is: (line: string) => boolean): number => lines.filter(is).length;
      for (const rank of [0, 1, 2, 3]) {
        expect(count(line => line === `Worker ranking..:${rank} Number of workers..:4`)).to.equal(1);
        const listed = new RegExp(`^${rank} workerID=${rank} IP:Port='10\\.[\\d.]+:2022' `);
        expect(
          count(line => listed.test(line)),
          `worker ${rank} in the lists of four`,
        ).to.equal(4);
        expect(lines).to.include(
          `Hello World from Worker ${rank}; there are 4 total workers and I got a message: Twister2-Hello`,
        );
        const plan = `\\[worker-0\\] .*: worker ${rank}: 10\\.[\\d.]+:2022, container ${rank} on `;
        expect(stdout + stderr).to.match(new RegExp(plan));
      }
      for (const text of [
        'All workers have joined the job. Worker list: ',
        'Number of workers: 4',
        'I am sleeping for 15 seconds and then exiting.',
        'I am done sleeping. Exiting.',
      ])
        expect(
          count(line => line === text),
          text,
        ).to.equal(4);
    });

    it('ends all ranks when one worker throws, and shows its exception', async () => {
      const { status } = await ended('failing');
      expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', exitCode: 1 });
      expect(status.message).to.include('java.lang.IllegalStateException: worker 2 has found no data');
      const described = (await mpiswarm.cli('describe', 'failing')).stdout.replace(/\s+/g, ' ');
      expect(described).to.match(
        /2 2 FAILED \S+ java\.lang\.IllegalStateException: worker 2 has found no data/,
      );
      const others = (status.ranks ?? []).filter(({ rank }) => rank !== 2).map(({ state }) => state);
      // mpirun may end a rank before it has come to say anything
      expect(others).to.have.length.within(1, 3);
      expect(others.filter(state => state !== 'STARTED')).to.deep.equal([]);
    });

    it('names the worker that is missing at a barrier, and all reach the next one', async () => {
      const { status } = await ended('late');
      expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
      const { stdout } = await mpiswarm.cli('logs', 'late');
      for (const rank of [0, 1, 2, 3]) {
        const words = `^Worker ${rank}: barrier 0 was given up .*: of 4 workers worker 3 had not come$`;
        expect(stdout).to.match(new RegExp(words, 'm'));
        expect(stdout).to.include(`Worker ${rank} passed the second barrier`);
      }
    });

    for (const [what, , words] of MISSING) {
      it(`never starts mpirun if a ${what} is missing, and says which`, async () => {
        const name = `missing-${what}`;
        const { status } = await ended(name);
        expect(status.outcome, JSON.stringify(status)).to.equal('Failed');
        expect(status.reason).to.equal('LauncherFault');
        expect(status.message).to.contain(words);
        expect(status.runs.map(run => run.phases.running)).to.deep.equal([undefined]);
        expect((await mpiswarm.cli('describe', name)).stdout).to.contain(words);
      });
    }
  });
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

/** Names and content of all log files in the containers of a job's workers, on every node, sorted by name. */
async function logFiles(key: string): Promise<readonly (readonly [name: string, content: string])[]> {
  const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
  const label = [`${LABEL.job}=${key}`, `${LABEL.role}=workers`];
  const found = cluster.nodes.map(async (_, node) => {
    const docker = cluster.docker(node);
    const containers = await docker.listContainers({ filters: { label } });
    return Promise.all(containers.map(({ Id }) => logFilesIn(docker, docker.getContainer(Id))));
  });
  return (await Promise.all(found)).flat(2).sort(([a], [b]) => a.localeCompare(b));
}

async function logFilesIn(docker: Docker, container: Docker.Container) {
  const folder = '/run/mpiswarm/job/logs/';
  const names = (await execIn(docker, container, ['ls', folder])).split('\n');
  return Promise.all(
    names
      .filter(name => /\.log\.\d+$/.test(name))
      .map(async name => [name, await execIn(docker, container, ['cat', `${folder}${name}`])] as const),
  );
}

function example(name: string): Promise<string> {
  return readFile(new URL(`../../manifests/twister2/${name}.yaml`, import.meta.url), 'utf8');
}
