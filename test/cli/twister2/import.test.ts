import { expect } from 'chai';
import { parse } from 'yaml';
import { parseManifests } from '../../../controller/api/manifest/parse.js';
import { type CliResult, cli } from '../fake-ports.js';

/** The three keys of the seed document, in its own words. */
const SEED = {
  'resource.yaml': `#overlay network name for docker containers
twister2.mesos.overlay.network.name: "mesos-overlay"

#Docker image name
twister2.docker.image.name: "twister2/twister2-mesos:docker-mpi"
`,
  'client.yaml': `#Mesos will use docker container if the value is true.
twister2.use_docker_container: "true"
`,
};

const JOB = `twister2.job.name: hello-world
twister2.job.worker.class: org.example.HelloWorld
twister2.job.workers: 4
`;

/** As much of a manifest as is looked into; what is not there is not there. */
interface Manifest {
  readonly metadata: { readonly name?: string };
  readonly spec: Readonly<
    Record<'image' | 'command' | 'java' | 'args' | 'package' | 'configuration' | 'runPolicy', unknown>
  > & {
    readonly workers: unknown;
    readonly network: unknown;
    readonly mpi: { readonly args?: unknown };
  };
}

interface Imported extends CliResult {
  readonly manifest: Manifest;
  readonly files: Record<string, string>;
}

const EMPTY = '{ metadata: {}, spec: { mpi: {} } }';

/** Imports `conf/`, which has these files. */
async function imported(
  conf: Readonly<Record<string, string>>,
  { job, more = [] }: { readonly job?: string; readonly more?: readonly string[] } = {},
): Promise<Imported> {
  const files: Record<string, string> = {};
  for (const [name, text] of Object.entries(conf)) files[`/project/conf/${name}`] = text;
  if (job !== undefined) files['/project/jobs/job.yaml'] = job;
  const argv = [
    'import',
    'twister2',
    'conf',
    ...(job === undefined ? [] : ['--job', 'jobs/job.yaml']),
    ...more,
  ];
  const result = await cli(argv, { files });
  return { ...result, files, manifest: parse(result.stdout || EMPTY) };
}

describe('mpiswarm import twister2', () => {
  it("makes a manifest of the seed's own settings that is valid and says nothing of them as ignored", async () => {
    const { code, stdout, stderr, manifest } = await imported(SEED);
    expect(code, stderr).to.equal(0);
    expect(parseManifests(stdout, 'x.yaml').problems).to.deep.equal([]);
    expect(manifest.spec.image).to.equal('twister2/twister2-mesos:docker-mpi');
    expect(manifest.spec.network).to.deep.equal({ name: 'mesos-overlay' });
    expect(manifest.spec.command).to.deep.equal(['hostname']);
    expect(manifest.spec.workers).to.deep.equal({ replicas: 4 });
    expect(stderr).not.to.contain('ignored');
    expect(stderr.split('\n').filter(line => line !== '')).to.have.lengthOf(2);
  });

  it('reads the spellings of the later versions, in common/ and then mesos/, which overrides', async () => {
    const { manifest, stderr } = await imported({
      'common/resource.yaml':
        'twister2.resource.mesos.overlay.network.name: shared\ntwister2.resource.systempackage.copy: false\n',
      'mesos/resource.yaml': [
        'twister2.resource.mesos.overlay.network.name: "own-overlay"',
        'twister2.resource.mesos.docker.image: team/app:1',
        'twister2.resource.use_docker_container: true',
        'twister2.resource.worker.compute.resources:',
        '- { cpu: 1, ram: 1024, disk: 1.0, instances: 6 }',
      ].join('\n'),
      'kubernetes/resource.yaml': 'twister2.resource.mesos.docker.image: not/this\n',
    });
    expect(manifest.spec.network).to.deep.equal({ name: 'own-overlay' });
    expect(manifest.spec.image).to.equal('team/app:1');
    expect(manifest.spec.workers).to.deep.equal({
      replicas: 6,
      resources: { requests: { cpu: 1, memory: '1024Mi' }, limits: { memory: '1024Mi' } },
    });
    expect(stderr).to.match(
      /^conf\/common\/resource\.yaml:2:1: twister2\.resource\.systempackage\.copy is ignored: /,
    );
    expect(stderr).to.contain(
      'conf/mesos/resource.yaml:4:1: twister2.resource.worker.compute.resources[0].disk is ignored',
    );
  });

  it('counts the job master out, and takes numbers and booleans however they are written', async () => {
    for (const [containers, replicas] of [
      ['"6"', 5],
      ['6', 5],
      ['6.0', 5],
      ['1', 1],
    ] as const) {
      const conf = `twister2.number_of_containers: ${containers}\ntwister2.cpu_per_container: "0.5"\ntwister2.ram_per_container: 512.5\n`;
      const { manifest } = await imported({ 'client.yaml': conf });
      expect(manifest.spec.workers).to.deep.equal({
        replicas,
        resources: { requests: { cpu: 0.5, memory: '513Mi' }, limits: { memory: '513Mi' } },
      });
    }
    for (const yes of ['true', '"true"', 'True']) {
      expect(
        (await imported({ 'client.yaml': `twister2.use_docker_container: ${yes}` })).stderr,
      ).not.to.contain('docker_container');
    }
    expect((await imported({ 'client.yaml': 'twister2.use_docker_container: "false"' })).stderr).to.contain(
      'conf/client.yaml:1:1: twister2.use_docker_container is ignored: workers are always containers',
    );
  });

  it('says why each key is ignored, one line each, in the order of the files', async () => {
    const { stderr } = await imported({
      'client.yaml':
        'twister2.worker_port: "31000"\nrack.labey.key: rack\nracks.list:\n- blue: [10.0.0.1, ]\n',
      'system.yaml': 'twister2.mesos.master.uri: "zk://m:2181/mesos"\n\ntwister2.job.master.port: 11011\n',
      'uploader.yaml': 'twister2.class.uploader: "edu.iu.dsc.tws.rsched.uploaders.scp.ScpUploader"\n',
    });
    const lines = stderr.split('\n').filter(line => line.startsWith('conf/'));
    expect(lines.map(line => line.split(': ').slice(0, 2).join(': '))).to.deep.equal([
      'conf/client.yaml:1:1: twister2.worker_port is ignored',
      'conf/client.yaml:2:1: rack.labey.key is ignored',
      'conf/client.yaml:3:1: racks.list is ignored',
      'conf/system.yaml:1:1: twister2.mesos.master.uri is ignored',
      'conf/system.yaml:3:1: twister2.job.master.port is ignored',
      'conf/uploader.yaml:1:1: twister2.class.uploader is ignored',
    ]);
    expect(lines[2]).to.contain('docker node update --label-add rack=RACK NODE');
  });

  it('names both where two spellings of one key are given, of which the later one counts', async () => {
    const { manifest, stdout, stderr } = await imported({
      'a.yaml':
        'twister2.resource.mesos.docker.image: team/first\n' +
        'twister2.resource.zookeeper.root.node.path: /first\n' +
        'twister2.worker.controller.max.wait.time.for.all.workers.to.join: 1\n',
      'b.yaml':
        'twister2.docker.image.name: team/second\n' +
        'twister2.zookeeper.root.node.path: /second\n' +
        'twister2.zookeeper.max.wait.time.for.all.workers.to.join: 2\n',
    });
    expect(manifest.spec.image).to.equal('team/second');
    expect(stdout).to.contain('zookeeperRoot: /second').and.not.to.contain('first');
    expect(manifest.spec.configuration).to.deep.equal({
      'twister2.worker.controller.max.wait.time.for.all.workers.to.join': '2',
    });
    expect(stderr.split('\n').filter(line => line.startsWith('conf/'))).to.deep.equal([
      'conf/a.yaml:1:1: twister2.resource.mesos.docker.image is ignored: twister2.docker.image.name at conf/b.yaml:1 is given, and counts',
      'conf/a.yaml:2:1: twister2.resource.zookeeper.root.node.path is ignored: twister2.zookeeper.root.node.path at conf/b.yaml:2 is ' +
        'given, and counts',
      'conf/a.yaml:3:1: twister2.worker.controller.max.wait.time.for.all.workers.to.join is ignored: ' +
        'twister2.zookeeper.max.wait.time.for.all.workers.to.join at conf/b.yaml:3 is given, and counts',
    ]);
    const back = 'twister2.docker.image.name: team/third\n';
    const again = await imported({
      'a.yaml': back,
      'b.yaml': 'twister2.resource.mesos.docker.image: team/x\n',
      'c.yaml': back,
    });
    expect(again.manifest.spec.image, 'the last line of all').to.equal('team/third');
    expect(again.stderr).to.contain('conf/b.yaml:1:1: twister2.resource.mesos.docker.image is ignored: ');
  });

  it('says that a worker class is left out where a main class is given, and asks for no port of it', async () => {
    const { manifest, stderr } = await imported(SEED, { job: `${JOB}twister2.job.main.class: a.b.Ring\n` });
    expect(manifest.spec.java).to.deep.equal({ mainClass: 'a.b.Ring' });
    expect(stderr).to.equal(
      'jobs/job.yaml:2:1: twister2.job.worker.class is ignored: twister2.job.main.class at jobs/job.yaml:4 is given, and counts\n',
    );
  });

  it('says that a worker class is to be ported, also where the image is the one that has what it needs', async () => {
    const { stderr } = await imported({ 'a.yaml': '' }, { job: JOB });
    expect(stderr)
      .to.contain('org.example.HelloWorld must implement dev.mpiswarm.worker.Worker')
      .and.not.to.contain('build ');
  });

  it('leaves out what is for a class where none is named, and says so', async () => {
    const { code, manifest, stderr } = await imported(
      { 'resource.yaml': 'twister2.kubernetes.jvm.memory.fraction: 0.7\n' },
      { job: 'twister2.job.class.path: [/opt/a.jar]\ntwister2.job.args: [4]\n' },
    );
    expect(code, stderr).to.equal(0);
    expect(manifest.spec).to.include.keys('command').and.not.to.have.any.keys('java', 'args');
    expect(stderr.split('\n').slice(0, 3)).to.deep.equal([
      'conf/resource.yaml:1:1: twister2.kubernetes.jvm.memory.fraction is ignored: no class is named that it is for',
      'jobs/job.yaml:1:1: twister2.job.class.path is ignored: no class is named that it is for',
      'jobs/job.yaml:2:1: twister2.job.args is ignored: no class is named that it is for',
    ]);
  });

  it('says which numbers of workers do not count where the job has one of its own', async () => {
    const containers = await imported({ 'c.yaml': 'twister2.number_of_containers: 9\n' }, { job: JOB });
    expect(containers.manifest.spec.workers).to.deep.equal({ replicas: 4 });
    expect(containers.stderr).to.contain(
      'conf/c.yaml:1:1: twister2.number_of_containers is ignored: twister2.job.workers at jobs/job.yaml:3 is given, and counts\n',
    );
    const one = 'worker.compute.resources:\n- { cpu: 1, instances: 9 }\n';
    const instances = await imported({ 'c.yaml': one }, { job: JOB });
    expect(instances.manifest.spec.workers).to.deep.equal({
      replicas: 4,
      resources: { requests: { cpu: 1 } },
    });
    expect(instances.stderr).to.contain(
      'worker.compute.resources[0].instances is ignored: twister2.job.workers',
    );
  });

  it('keeps unknown keys, and reports them with a suggestion', async () => {
    const { manifest, stderr } = await imported({
      'client.yaml': 'twister2.docker.imgae.name: team/app\nmy.iterations: 100\n',
    });
    expect(manifest.spec.configuration).to.deep.equal({
      'twister2.docker.imgae.name': 'team/app',
      'my.iterations': '100',
    });
    expect(stderr).to.contain('did you mean twister2.docker.image.name?');
    expect(stderr).to.contain(
      'conf/client.yaml:2:1: my.iterations is not known, and is kept in spec.configuration',
    );
  });

  it('hands on what the worker itself reads', async () => {
    const { manifest, stderr } = await imported({
      'core.yaml':
        'twister2.worker.controller.max.wait.time.on.barrier: 100000\n' +
        'twister2.logging.level: FINE\n' +
        'twister2.zookeeper.max.wait.time.for.all.workers.to.join: 20000\n',
      'network.yaml':
        'twister2.network.buffer.size: 1024000\ntwister2.network.ops.persistent.dirs: ["/a", "/b"]\n',
    });
    expect(manifest.spec.configuration).to.deep.equal({
      'twister2.worker.controller.max.wait.time.on.barrier': '100000',
      'twister2.logging.level': 'FINE',
      'twister2.worker.controller.max.wait.time.for.all.workers.to.join': '20000',
      'twister2.network.buffer.size': '1024000',
      'twister2.network.ops.persistent.dirs': '/a,/b',
    });
    expect(stderr).not.to.contain('conf/');
  });

  it('hands on what the worker itself reads under the name that it reads, however it is spelt', async () => {
    const { manifest, stderr } = await imported({
      'core.yaml':
        'worker.controller.max.wait.time.on.barrier: 1\n' +
        'twister2.resource.logging.level: FINE\n' +
        'twister2.resource.zookeeper.max.wait.time.for.all.workers.to.join: 2\n',
    });
    expect(manifest.spec.configuration).to.deep.equal({
      'twister2.worker.controller.max.wait.time.on.barrier': '1',
      'twister2.logging.level': 'FINE',
      'twister2.worker.controller.max.wait.time.for.all.workers.to.join': '2',
    });
    expect(stderr).not.to.contain('conf/');
  });

  it('splits arguments at blanks where they are one text, and keeps those of a list as they are', async () => {
    const of = async (args: string) =>
      (await imported(SEED, { job: `${JOB}twister2.job.args: ${args}\n` })).manifest.spec.args;
    expect(await of('-op reduce  -stages 8,1 -itr 10')).to.deep.equal([
      ...['-op', 'reduce', '-stages', '8,1', '-itr', '10'],
    ]);
    expect(await of('["two words", "8,1", ""]')).to.deep.equal(['two words', '8,1', '']);
    const { stderr } = await imported(SEED, { job: `${JOB}twister2.job.args: [[1]]\n` });
    expect(stderr).to.contain('twister2.job.args[0]: expected a word');
  });

  it('counts ranks where a container holds several of them', async () => {
    const of = (workers: number) =>
      imported(
        { 'c.yaml': 'worker.compute.resources:\n- { cpu: 1, instances: 9, workersPerPod: 2 }\n' },
        { job: `twister2.job.workers: ${workers}\n` },
      );
    expect((await of(4)).manifest.spec.workers).to.deep.equal({
      ...{ replicas: 2, slots: 2, resources: { requests: { cpu: 2 } } },
    });
    const { code, stderr } = await of(5);
    expect(code).to.equal(1);
    expect(stderr).to.contain('twister2.job.workers: expected a multiple of workersPerPod, 2, got "5"');
  });

  it('leaves room in the name for those of groups, and says where they share nodes among themselves alone', async () => {
    const { manifest, code, stderr } = await imported({
      'c.yaml':
        'worker.compute.resources: [{ cpu: 1 }, { cpu: 2 }]\n' +
        'kubernetes.worker.mapping.uniform: all-separate-nodes\n' +
        `twister2.job.name: ${'x'.repeat(40)}\n`,
    });
    expect(code, stderr).to.equal(0);
    expect(manifest.metadata.name).to.equal('x'.repeat(33));
    expect(stderr).to.contain(`twister2.job.name is written ${'x'.repeat(33)}: names have`);
    expect(stderr).to.contain(
      'conf/c.yaml:2:1: kubernetes.worker.mapping.uniform holds among the workers of each kind of resources, not among all',
    );
  });

  it('writes the settings of the controller as a comment, and says of an address that no container reaches', async () => {
    const { stdout, stderr } = await imported({
      'resource.yaml':
        'twister2.zookeeper.server.addresses: "10.0.0.5:2181, 10.0.0.6:2181"\ntwister2.zookeeper.root.node.path: /twister2\n',
      'checkpoint.yaml': 'twister2.fault.tolerance.failure.timeout: 15000\n',
    });
    expect(stdout).to.contain(
      '#   zookeeper: 10.0.0.5:2181,10.0.0.6:2181\n#   zookeeperRoot: /twister2\n#   sessionTimeout: 15000ms\napiVersion:',
    );
    expect(stderr).not.to.contain('conf/');
    const local = await imported({
      'resource.yaml': 'twister2.zookeeper.server.addresses: localhost:2181\n',
    });
    expect(local.stderr).to.contain(
      'conf/resource.yaml:1:1: twister2.zookeeper.server.addresses names this machine',
    );
    const bad = await imported({ 'resource.yaml': 'twister2.zookeeper.server.addresses: "a b/c"\n' });
    expect(bad.code).to.equal(1);
    expect(bad.stderr).to.contain('expected HOST:PORT[,HOST:PORT…], got "a b/c"');
  });

  it('reads the job itself from a file, and passes it to the worker starter', async () => {
    const { code, manifest, stdout, stderr } = await imported(SEED, { job: JOB });
    expect(code, stderr).to.equal(0);
    expect(parseManifests(stdout, 'x.yaml').problems).to.deep.equal([]);
    expect(manifest.metadata.name).to.equal('hello-world');
    expect(manifest.spec.java).to.deep.equal({ workerClass: 'org.example.HelloWorld' });
    expect(manifest.spec.mpi).to.deep.equal({ npernode: 1 });
    expect(manifest.spec).not.to.have.property('command');
    expect(stderr).to.equal(
      'mpiswarm: org.example.HelloWorld must implement dev.mpiswarm.worker.Worker, where Twister2 had IWorker: see "Porting a ' +
        'worker class" in docs/how-to/from-twister2.md\n' +
        'mpiswarm: the worker class needs what mpiswarm/openmpi-java:0.1.0 has in /opt/mpiswarm-java: build ' +
        'twister2/twister2-mesos:docker-mpi from it, or name that one\n',
    );
  });

  it('overrides the configuration with that file, whose keys and values reach every rank', async () => {
    const job = [
      'twister2.job.main.class: org.example.Ring',
      'twister2.job.class.path: [/opt/examples.jar]',
      'twister2.job.args: [a, "7"]',
      'twister2.resource.mesos.docker.image: team/own',
      'twister2.job.config:',
      '  iterations: 100',
      '  my.list: [1, 2]',
    ].join('\n');
    const { manifest } = await imported({ ...SEED, 'job.yaml': 'iterations: 5\n' }, { job });
    expect(manifest.metadata.name).to.equal('ring');
    expect(manifest.spec.image).to.equal('team/own');
    expect(manifest.spec.java).to.deep.equal({
      mainClass: 'org.example.Ring',
      classPath: ['/opt/examples.jar'],
    });
    expect(manifest.spec.args).to.deep.equal(['a', '7']);
    expect(manifest.spec.configuration).to.deep.equal({ iterations: '100', 'my.list': '1,2' });
  });

  it('takes nodes, how workers share them, named ports, and an NFS share as a volume that Docker mounts', async () => {
    const { manifest, stderr } = await imported({
      'client.yaml': [
        'twister2.desired_nodes: "e011.example, e012.example"',
        'kubernetes.worker.mapping.uniform: all-separate-nodes',
        'twister2.worker.additional.ports: ["dash", "feed"]',
        'nfs.server.address: "10.0.0.9"',
        'nfs.server.path: "/nfs/shared-mesos/twister2"',
        'twister2.job.name: shared',
      ].join('\n'),
    });
    expect(manifest.spec.workers).to.deep.equal({
      replicas: 4,
      placement: { nodes: ['e011.example', 'e012.example'], mapping: 'AllSeparateNodes' },
      ports: ['dash', 'feed'],
      volumes: [
        {
          name: 'shared-persistent',
          mountPath: '/persistent-volume',
          driver: 'local',
          options: { type: 'nfs', o: 'addr=10.0.0.9,rw', device: ':/nfs/shared-mesos/twister2' },
          scope: 'Shared',
        },
      ],
    });
    expect(stderr).not.to.contain('conf/');
    const half = await imported({
      'client.yaml': 'nfs.server.address: "10.0.0.9"\ntwister2.desired_nodes: all\n',
    });
    expect(half.manifest.spec.workers).to.deep.equal({ replicas: 4 });
    expect(half.stderr).to.contain('nfs.server.address is ignored: an NFS volume needs nfs.server.path, too');
    const unknown = await imported({ 'client.yaml': 'kubernetes.worker.mapping.uniform: some\n' });
    expect(unknown.stderr).to.contain('expected none, all-same-node, all-separate-nodes, got "some"');
  });

  it('makes a group of workers of each kind of resources', async () => {
    const resources = [
      'twister2.resource.worker.compute.resources:',
      '- { cpu: 1, ram: 1024, instances: 6 }',
      '- { cpu: 2.5, ram: 1024, disk: 1.0, instances: 2, workersPerPod: 2, scalable: true, gpus: 1 }',
    ].join('\n');
    const { manifest, stderr } = await imported({ 'resource.yaml': resources });
    expect(manifest.spec.workers).to.deep.equal([
      {
        name: 'group-0',
        replicas: 6,
        resources: { requests: { cpu: 1, memory: '1024Mi' }, limits: { memory: '1024Mi' } },
      },
      {
        name: 'group-1',
        replicas: 2,
        slots: 2,
        resources: { requests: { cpu: 5, memory: '2048Mi' }, limits: { memory: '2048Mi' } },
      },
    ]);
    expect(manifest.spec, 'ranks go by slots').not.to.have.property('mpi');
    expect(stderr)
      .to.contain('[1].scalable is ignored: the number of ranks')
      .and.to.contain('[1].gpus is not known');
    const both = await imported({ 'resource.yaml': resources }, { job: JOB });
    expect(both.code).to.equal(1);
    expect(both.stderr).to.contain('jobs/job.yaml:3:1: twister2.job.workers: expected no number');
  });

  it('names the jar by its place below the manifest, or says where to put it', async () => {
    const job = `${JOB}twister2.job.jar: build/hello.jar\n`;
    const shown = await imported(SEED, { job });
    expect(shown.manifest.spec.package).to.equal('hello.jar');
    expect(shown.stderr).to.contain('put /project/jobs/build/hello.jar beside the manifest, as hello.jar');
    const beside = await imported(SEED, { job, more: ['-o', 'jobs/hello.yaml'] });
    expect(parse(beside.files['/project/jobs/hello.yaml'] ?? '').spec.package).to.equal('build/hello.jar');
    expect(beside.stderr).not.to.contain('beside the manifest');
    const elsewhere = await imported(SEED, { job, more: ['-o', 'manifests/hello.yaml'] });
    expect(parse(elsewhere.files['/project/manifests/hello.yaml'] ?? '').spec.package).to.equal('hello.jar');
  });

  it('gives names the form that names have, and says so', async () => {
    for (const [name, becomes] of [
      ['basic-mesos', 'basic-mesos'],
      ['Basic_Mesos Job', 'basic-mesos-job'],
      ['3 times!', 'times'],
      [`x${'-long'.repeat(20)}`, `x${'-long'.repeat(8)}`.slice(0, 40)],
    ] as const) {
      const { manifest, stderr } = await imported({ 'client.yaml': `twister2.job.name: "${name}"\n` });
      expect(manifest.metadata.name).to.equal(becomes.replace(/-+$/, ''));
      expect(stderr.includes('twister2.job.name is written')).to.equal(name !== becomes);
    }
    expect(
      (await imported({ 'c.yaml': 'twister2.job.worker.class: a.b.HelloWorld\n' })).manifest.metadata.name,
    ).to.equal('hello-world');
    expect((await imported({ 'c.yaml': 'twister2.job.name: "1-2"\n' })).stderr).to.contain(
      'expected a name with a letter in it',
    );
  });

  it('takes job restarts and arguments of mpirun', async () => {
    const { manifest } = await imported({
      'a.yaml':
        'twister2.fault.tolerance.max.mpijob.restarts: 3\ntwister2.resource.scheduler.mpi.params: "--bind-to core  --report-bindings"\n',
    });
    expect(manifest.spec.runPolicy).to.deep.equal({ backoffLimit: 2 });
    expect(manifest.spec.mpi.args).to.deep.equal(['--bind-to', 'core', '--report-bindings']);
    const blank = await imported({ 'a.yaml': 'twister2.resource.scheduler.mpi.params: " "\n' });
    expect(blank.manifest.spec.mpi.args).to.deep.equal([]);
  });

  it('takes files as Twister2 shipped them: comments without a space before them, keys given twice', async () => {
    const { code, manifest } = await imported({
      'resource.yaml':
        'twister2.scheduler.mesos.scheduler.working.directory: "~/.twister2/repository"#"$TWISTER2_DIST"\n' +
        'twister2.docker.image.name: first\ntwister2.docker.image.name: second\n',
      'empty.yaml': '# nothing\n',
    });
    expect(code).to.equal(0);
    expect(manifest.spec.image).to.equal('second');
  });

  it('says file, line and column of bad YAML, and writes nothing', async () => {
    for (const [text, words] of [
      [
        'a: "x\nb: 1\n',
        /^mpiswarm: conf\/client\.yaml:\d+:\d+: yaml: missing closing "quote.*; mend the line/,
      ],
      ['- a\n- b\n', /^mpiswarm: conf\/client\.yaml:1:1: expected lines `KEY: VALUE`/],
      ['a: *b\n', /^mpiswarm: conf\/client\.yaml:1:\d+: /],
      [
        'twister2.number_of_containers: six\n',
        /client\.yaml:1:1: twister2\.number_of_containers: expected a number, got "six"/,
      ],
      ['twister2.number_of_containers: 4.5\n', /expected a whole number, got "4\.5"/],
      ['twister2.use_docker_container: "yes"\n', /expected true or false, got "yes"/],
      [
        'twister2.docker.image.name: "Not An Image"\n',
        /client\.yaml:1:1: twister2\.docker\.image\.name: spec\.image must be an image reference/,
      ],
      ['twister2.docker.image.name:\n', /twister2\.docker\.image\.name: expected a value, got ""/],
    ] as const) {
      const { code, stdout, stderr } = await imported({ 'client.yaml': text }, { more: ['-o', 'x.yaml'] });
      expect({ code, stdout }, text).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(words);
    }
  });

  it('says what is wrong with the call', async () => {
    expect((await cli(['import', 'twister2', 'nowhere'])).stderr).to.contain('nowhere: no such folder');
    const empty = await cli(['import', 'twister2', 'conf'], { files: { '/project/conf/readme.md': '' } });
    expect(empty.stderr).to.contain('no *.yaml in it, in common/ or in mesos/');
    expect((await imported(SEED, { more: ['--job', 'nofile.yaml'] })).stderr).to.contain(
      'nofile.yaml: no such file',
    );
    expect((await cli(['import', 'twister3', 'conf'])).code).to.equal(2);
  });

  it('writes a file where none was, and leaves one that is there', async () => {
    const made = await imported(SEED, { more: ['-o', 'made.yaml'] });
    expect(made.stdout).to.equal('');
    expect(parse(made.files['/project/made.yaml'] ?? '').kind).to.equal('MPIJob');
    const there = await imported(SEED, { more: ['-o', 'conf/client.yaml'] });
    expect(there.code).to.equal(1);
    expect(there.files['/project/conf/client.yaml']).to.equal(SEED['client.yaml']);
  });
});
