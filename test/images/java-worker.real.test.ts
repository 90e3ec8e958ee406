import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { type Builder, startBuilder } from '../../scripts/images/builder.js';
import { ensureImages, loadInto } from '../../scripts/images/ensure.js';
import { MPIRUN } from './checks.js';
import { type Ended, execIn, run } from './container.js';

/** Sources of scenes in Java, compiled in the image. */
const SOURCES = fileURLToPath(new URL('../java', import.meta.url));
const JARS = '/opt/mpiswarm-java/lib/*';
const EXAMPLES = '/opt/mpiswarm-java/examples/examples.jar';
const SERVER = '127.0.0.1:2181';

describe('the worker starter @full', function () {
  this.timeout(1_800_000);
  let dir: string;
  let builder: Builder;
  let docker: Docker;
  let zookeeper: Docker.Container;
  let image: string;

  before(async () => {
    const images = await ensureImages({ say: console.log, images: ['zookeeper', 'openmpi-java'] });
    dir = mkdtempSync(join(tmpdir(), 'mpiswarm-java-worker-test-'));
    builder = await startBuilder(join(dir, 'engine'));
    docker = builder.docker;
    await loadInto(builder.host, images, console.log);
    image = images.find(({ ref }) => ref.includes('openmpi-java'))?.ref ?? '';
    zookeeper = await docker.createContainer({
      Image: images.find(({ ref }) => ref.includes('zookeeper'))?.ref ?? '',
      HostConfig: { NetworkMode: 'none' },
    });
    await zookeeper.start();
    const compile = `mkdir -p /tmp/classes; javac -encoding UTF-8 -Xlint:all,-classfile,-path,-try -Werror -cp '${JARS}' -d /tmp/classes $(find /sources -name '*.java')`;
    expect(await java(['sh', '-e', '-c', compile])).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    await serving();
  });
  after(async () => {
    await builder?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs a command in a container that shares ZooKeeper's loopback, and /tmp with those before it. */
  const java = (command: readonly string[]): Promise<Ended> =>
    run(docker, image, command, {
      HostConfig: {
        NetworkMode: `container:${zookeeper.id}`,
        Binds: [`${SOURCES}:/sources:ro`],
        Mounts: [{ Type: 'volume', Source: 'java-worker-test', Target: '/tmp' }],
      },
    });

  async function serving(): Promise<void> {
    const ask = ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/2181 && printf srvr >&3 && cat <&3'];
    for (let tries = 0; tries < 300; tries++) {
      if ((await execIn(docker, zookeeper, ask)).includes('Mode: standalone')) return;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error('zookeeper does not serve after 30 s');
  }

  const main = (name: string, ...args: readonly string[]): Promise<Ended> =>
    java(['java', '-cp', `/tmp/classes:${JARS}`, `dev.mpiswarm.worker.${name}`, ...args]);

  const scenes: Readonly<Record<string, string>> = {
    barriers: 'lets nobody leave a barrier before all workers have come, and clears away those behind',
    late: 'tells all workers alike, by name of the missing one, that a barrier was given up, and keeps them in step',
    failed: 'waits at no barrier for a worker that has failed, and tells its error',
    completed: 'waits at no barrier for a worker that has completed, although that is there until all have',
    lost: 'waits at no barrier for a worker that is gone without a word',
    joined: 'names the workers that have not joined in time, and sees those that join later',
    limits: 'waits under the longest limit that can be written',
    listeners: 'tells listeners who joined, completed and failed, each once, whatever they throw',
    expired: 'has a worker whose session expired there again without its doing',
    unkept: 'makes the znode of a worker again after what kept it from that in its new session',
    json: 'reads and writes JSON strictly',
    lines: 'logs lines that name date, zone, level, worker, thread and class',
    files: 'keeps its log file in the container, or in the folder that the configuration names',
    config: 'reads numbers and booleans of the configuration, and names what is neither',
  };
  for (const [scene, title] of Object.entries(scenes)) {
    it(title, async () => {
      const { code, stdout, stderr } = await main('Scenes', scene);
      expect(stderr + stdout + code).to.equal(`${scene}: as expected\n0`);
    });
  }

  /** Runs a worker class on four ranks, each in a container of its own as far as its files say so. */
  async function start(name: string, workerClass: string, options: StartOptions = {}): Promise<Ended> {
    const { args = [], classPath = EXAMPLES, jobMaster = `${SERVER}/${name}`, configuration } = options;
    expect((await main('SetUp', 'make', name, '4')).code).to.equal(0);
    if (configuration !== undefined) {
      const files = [0, 1, 2, 3].map(rank => `/tmp/${name}/${rank}/job.properties`);
      await java(['sh', '-e', '-c', `echo '${configuration}' | tee -a ${files.join(' ')}`]);
    }
    const ranks = [0, 1, 2, 3].map(rank => [
      ...['-np', '1', 'java', '-cp', `${classPath}:${JARS}`, `-Dmpiswarm.job.folder=/tmp/${name}/${rank}`],
      ...[`-Dmpiswarm.worker.class=${workerClass}`, 'dev.mpiswarm.worker.WorkerStarter', 'hello', jobMaster],
      ...args,
    ]);
    return java([...MPIRUN, ...ranks.flatMap((words, i) => (i === 0 ? words : [':', ...words]))]);
  }

  interface StartOptions {
    readonly args?: readonly string[];
    readonly classPath?: string;
    readonly jobMaster?: string;
    /** One more line of it. */
    readonly configuration?: string;
  }

  const ranksOf = async (name: string): Promise<readonly string[]> =>
    (await main('SetUp', 'show', name)).stdout.trimEnd().split('\n');

  it('runs a worker on every rank, logs the plan and one file a rank, and says when it starts and completes', async () => {
    const { code, stdout, stderr } = await start('hello', 'dev.mpiswarm.examples.HelloWorld');
    expect(code, stderr).to.equal(0);
    const lines = stdout.split('\n');
    for (const rank of [0, 1, 2, 3]) {
      expect(lines).to.include(`Worker ranking..:${rank} Number of workers..:4`);
      expect(lines).to.include(
        `Hello World from Worker ${rank}; there are 4 total workers and I got a message: Grüße`,
      );
      expect(stderr).to.match(
        new RegExp(`worker ${rank}: 10\\.0\\.1\\.${rank + 2}:2022, container ${rank} on node`),
      );
    }
    expect(stderr).to.match(
      /^\[.* [+-]\d{4}\] \[INFO\] \[worker-0\] \[main\] \S+: resource plan: 4 workers$/m,
    );
    expect(lines.filter(line => line === 'I am done sleeping. Exiting.')).to.have.length(4);
    const shown = await ranksOf('hello');
    expect(
      shown.filter(line => /^[0-3] \{"state":"COMPLETED","worker":[0-3],"at":\d{13}\}$/.test(line)),
    ).to.have.length(4);
    expect(shown.at(-1)).to.equal('members [], rung true');
    const logs = await java([
      'sh',
      '-c',
      'for i in 0 1 2 3; do tail -n 1 /tmp/hello/$i/logs/worker-$i.log.0; done',
    ]);
    expect(logs.stdout.match(/\[worker-(\d)\] \[main\] .*: worker \1 of 4 has completed/g)).to.have.length(4);
  });

  it('logs from the level on that the configuration names, and says of one that there is not', async () => {
    const quiet = await start('quiet', 'dev.mpiswarm.examples.HelloWorld', {
      configuration: 'twister2.logging.level=Warning',
    });
    expect(quiet.stdout).to.include('Hello World from Worker 3;');
    expect(quiet.stderr + quiet.code).to.equal('0');
    const loud = await start('loud', 'dev.mpiswarm.examples.HelloWorld', {
      configuration: 'twister2.logging.level=LOUD',
    });
    expect(loud.code).to.equal(0);
    expect(loud.stderr)
      .to.match(/\[WARNING\] \[worker-2\] .*twister2\.logging\.level: expected a level .*, got "LOUD"/)
      .and.to.include('resource plan: 4 workers');
  });

  it('tells of a worker that throws, and ends the others, which would wait for ever', async () => {
    const before = performance.now();
    const { code, stdout, stderr } = await start('failing', 'dev.mpiswarm.examples.FailingWorker', {
      args: ['2'],
    });
    expect(performance.now() - before).to.be.below(30_000);
    expect(code).to.equal(1);
    expect(stdout).not.to.include('never reached');
    expect(stderr).to.match(
      /\[SEVERE\] \[worker-2\] .*worker 2 has found no data[\s\S]*at dev\.mpiswarm\.examples\.FailingWorker/,
    );
    const shown = await ranksOf('failing');
    expect(shown[2]).to.match(
      /^2 \{"state":"FAILED",.*"error":"java\.lang\.IllegalStateException: worker 2 has found no data \(FailingWorker\.java:\d+\)"\}$/,
    );
    for (const rank of [0, 1, 3]) expect(shown[rank]).to.include('"state":"STARTED"');
  });

  it('completes a worker that cannot say so, and tells those that wait for it as soon as it can', async () => {
    const { code, stdout, stderr } = await start('unheard', 'dev.mpiswarm.worker.Unheard', {
      classPath: '/tmp/classes',
      args: ['unheard'],
    });
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(
      /\[WARNING\] \[worker-0\] .*worker 0 is not shown as COMPLETED, and the run goes on: .*NoNode/,
    );
    for (const rank of [1, 2, 3])
      expect(stdout).to.match(new RegExp(`^Worker ${rank}: .* saw that worker 0 has completed$`, 'm'));
    for (const line of (await ranksOf('unheard')).slice(0, 4)) expect(line).to.include('"state":"COMPLETED"');
  });

  it('tells all workers that one is late at a barrier, and goes on with them at the next', async () => {
    const { code, stdout, stderr } = await start('lateness', 'dev.mpiswarm.examples.LateWorker', {
      args: ['1000'],
    });
    expect(code, stderr).to.equal(0);
    for (const rank of [0, 1, 2, 3]) {
      expect(stdout).to.match(
        new RegExp(`^Worker ${rank}: barrier 0 was given up .*: of 4 workers worker 3 had not come$`, 'm'),
      );
      expect(stdout).to.include(`Worker ${rank} passed the second barrier`);
    }
  });

  const refusals: readonly (readonly [string, string, StartOptions, RegExp, number])[] = [
    [
      'class',
      'org.example.Missing',
      {},
      /worker class org\.example\.Missing is not on the class path .*examples\.jar/,
      2,
    ],
    [
      'jar',
      'dev.mpiswarm.examples.HelloWorld',
      { classPath: '/tmp/none.jar' },
      /jar \/tmp\/none\.jar of the class path is not there/,
      2,
    ],
    [
      'type',
      'dev.mpiswarm.examples.Ring',
      {},
      /worker class dev\.mpiswarm\.examples\.Ring must implement dev\.mpiswarm\.worker\.Worker/,
      2,
    ],
    [
      'master',
      'dev.mpiswarm.examples.HelloWorld',
      { jobMaster: `${SERVER}/other` },
      /the job master is at \S+, expected it at 127\.0\.0\.1:2181\/other/,
      1,
    ],
  ];
  for (const [what, workerClass, options, words, exitCode] of refusals) {
    it(`says what is wrong with the ${what}, records it, and starts no worker`, async () => {
      const name = `bad-${what}`;
      const { code, stdout, stderr } = await start(name, workerClass, options);
      expect(stderr).to.match(words);
      expect(code).to.equal(exitCode);
      expect(stdout).not.to.include('Hello');
      expect((await ranksOf(name)).join('\n'))
        .to.match(/"state":"FAILED"/)
        .and.to.match(words);
    });
  }
});
