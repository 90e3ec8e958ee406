import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { openCluster } from '../../scripts/cluster/cluster.js';
import { DOCKER, runCli, TestInstallation, until } from './support/installation.js';
import { manifest } from './support/manifest.js';

const two = { replicas: 2 };

describe('bad input to mpiswarm up @full', function () {
  this.timeout(120_000);

  describe('in the manifest folder', () => {
    let mpiswarm: TestInstallation;

    before(async () => {
      mpiswarm = await TestInstallation.create();
      await mpiswarm.start();
    });

    after(async () => mpiswarm.destroy());

    async function says(words: string): Promise<void> {
      await until(`up says "${words}"`, 15_000, async () => mpiswarm.log.includes(words) || undefined).catch(
        error => {
          throw new Error(`${(error as Error).message}; it said: ${mpiswarm.log.slice(-3_000)}`);
        },
      );
    }

    it('is reported with file, line and column of each fault, and the valid job beside them runs', async () => {
      const keys = Array.from({ length: 40_000 }, (_, i) => `k${i}: ${i}`).join('\n');
      await mpiswarm.drop('syntax.yaml', 'apiVersion: mpiswarm.dev/v1\nkind: [MPIJob\n');
      await mpiswarm.drop('unknown.yaml', manifest('unknown', { spec: { wrokers: 1 } }));
      await mpiswarm.drop('zero.yaml', manifest('zero', { workers: { replicas: 0 } }));
      await mpiswarm.drop('type.yaml', manifest('type', { workers: { replicas: 'four' } }));
      await mpiswarm.drop('name.yaml', manifest('Not_DNS'));
      await mpiswarm.drop('twice.yaml', `${manifest('twice', { workers: two })}---\n${manifest('twice')}`);
      await mpiswarm.drop('huge.yaml', `# ${'x'.repeat(1_000_000)}\n`);
      await mpiswarm.drop('keys.yaml', keys);
      await mpiswarm.drop('bomb.yaml', 'a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n');
      await mpiswarm.drop('proto.yaml', manifest('proto').replace('spec:', '__proto__: {a: 1}\nspec:'));
      await mpiswarm.drop('good.yaml', manifest('good', { workers: two }));

      const good = await mpiswarm.waitDone('default/good');
      expect(good.status.outcome).to.equal('Succeeded');
      for (const file of [
        'syntax',
        'unknown',
        'zero',
        'type',
        'name',
        'twice',
        'huge',
        'keys',
        'bomb',
        'proto',
      ]) {
        expect(mpiswarm.log, file).to.match(new RegExp(`${file}\\.yaml:\\d+:\\d+: \\S`));
      }
      expect(mpiswarm.log).to.include('did you mean');
      expect(mpiswarm.log).to.match(/replicas must be at least 1, got 0/);
      const { jobs } = await mpiswarm.world();
      expect([...jobs.keys()].sort(), 'of two jobs of one name the first counts').to.deep.equal([
        'default/good',
        'default/twice',
      ]);
    });

    it('does not remove a job whose file is broken by an edit, and is reported', async () => {
      await mpiswarm.drop('good.yaml', manifest('good', { workers: two }).replace('spec:', 'spec: ['));
      const record = await mpiswarm.waitFor('default/good', ({ status }) =>
        status.conditions.some(c => c.type === 'ManifestValid' && c.status === 'False'),
      );
      expect(record.status.runs).to.have.length(1);
      const condition = record.status.conditions.find(c => c.type === 'ManifestValid');
      expect(condition?.message).to.match(/good\.yaml:\d+:\d+: /);
    });

    it('removes nothing when the folder vanishes, and the controller goes on when it is back', async () => {
      await rm(mpiswarm.manifests, { recursive: true });
      await says('does not exist');
      await new Promise(resolve => setTimeout(resolve, 4_000));
      expect((await mpiswarm.world()).jobs.size).to.equal(2);
      const described = await mpiswarm.cli('describe', 'good');
      expect(described.stdout).to.match(
        /ManifestValid +False +Invalid +\S+ +manifest folder .*does not exist/,
      );
      await mkdir(mpiswarm.manifests);
      await mpiswarm.drop('back.yaml', manifest('back', { workers: two }));
      const record = await mpiswarm.waitDone('default/back');
      expect(record.status.outcome).to.equal('Succeeded');
    });
  });

  describe('in the environment', () => {
    async function fails(...argv: readonly string[]): Promise<string> {
      const { code, stderr } = await runCli(argv);
      expect(code, stderr).to.equal(1);
      expect(stderr, 'a message, no stack').to.match(/^mpiswarm: .*\n$/);
      return stderr;
    }

    it('is reported when no engine answers', async () => {
      const said = await fails(
        'up',
        '--docker',
        'unix:///nowhere/docker.sock',
        '--state-dir',
        '/tmp/mpiswarm-e2e-none',
      );
      expect(said).to.include('unix:///nowhere/docker.sock').and.to.include('no Docker Engine answers');
    });

    it('is reported when the engine is no swarm manager', async () => {
      const cluster = await openCluster(process.env['MPISWARM_TEST_CLUSTER']);
      const third = cluster.node(2);
      const node = cluster.docker(0).getNode(third.id);
      const setRole = async (role: 'manager' | 'worker'): Promise<void> => {
        const { Spec, Version } = (await node.inspect()) as { Spec: object; Version: { Index: number } };
        await node.update({ ...Spec, Role: role, version: Version.Index });
        const isManager = async (): Promise<boolean> =>
          ((await cluster.docker(2).info()) as { Swarm: { ControlAvailable: boolean } }).Swarm
            .ControlAvailable;
        await until(`node 3 is a ${role}`, 60_000, async () =>
          (await isManager()) === (role === 'manager') ? true : undefined,
        );
      };
      await setRole('worker');
      try {
        const said = await fails(
          'up',
          '--docker',
          `unix://${third.socket}`,
          '--state-dir',
          '/tmp/mpiswarm-e2e-none',
        );
        expect(said).to.include('is a worker of a swarm').and.to.include('manager');
      } finally {
        await setRole('manager');
      }
    });

    it('is reported when the port for ZooKeeper is taken', async () => {
      const server = createServer().listen(22_181, '127.0.0.1');
      await new Promise(resolve => server.once('listening', resolve));
      try {
        const flags = [
          '--docker',
          DOCKER,
          '--state-dir',
          '/tmp/mpiswarm-e2e-none',
          '--zookeeper-port',
          '22181',
        ];
        const said = await fails('up', ...flags);
        expect(said)
          .to.include('127.0.0.1:22181')
          .and.to.include('is taken')
          .and.to.include('--zookeeper-port');
      } finally {
        server.close();
      }
    });

    it('is reported when ZooKeeper cannot be reached, and the controller waits for it', async () => {
      const mpiswarm = await TestInstallation.create(['--zookeeper', '127.0.0.1:1']);
      try {
        await mpiswarm.start();
        await until(
          'its words',
          20_000,
          async () => /zookeeper 127\.0\.0\.1:1.*refused/i.test(mpiswarm.log) || undefined,
        );
      } finally {
        await mpiswarm.stop();
      }
    });

    it('is reported when the manifest folder is not a folder, and the controller waits for it', async () => {
      const mpiswarm = await TestInstallation.create();
      try {
        await rm(mpiswarm.manifests, { recursive: true });
        await writeFile(mpiswarm.manifests, '');
        await mpiswarm.start();
        await until(
          'its words',
          20_000,
          async () => /manifest folder .* cannot be read/.test(mpiswarm.log) || undefined,
        );
        await rm(mpiswarm.manifests);
        await mkdir(mpiswarm.manifests);
        await mpiswarm.drop('late.yaml', manifest('late', { workers: two }));
        expect((await mpiswarm.waitDone('default/late')).status.outcome).to.equal('Succeeded');
      } finally {
        await mpiswarm.destroy();
      }
    });
  });
});
