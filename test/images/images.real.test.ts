import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { type AgentFiles, agentFiles } from '../../controller/adapters/setup/agent-image/files.js';
import { agentImageName, ensureAgentImage } from '../../controller/adapters/setup/agent-image/image.js';
import { type Builder, startBuilder } from '../../scripts/images/builder.js';
import type { BuiltImage } from '../../scripts/images/cache.js';
import { SMALL_IMAGES } from '../../scripts/images/catalogue.js';
import { ensureImages, loadInto } from '../../scripts/images/ensure.js';
import { expectNoWayIn, expectRing, MPIRUN, RING } from './checks.js';
import { execIn, run } from './container.js';

describe('the images @full', function () {
  this.timeout(1_800_000);
  let dir: string;
  let builder: Builder;
  let docker: Docker;
  let images: readonly BuiltImage[];
  let agent: AgentFiles;
  const said: string[] = [];

  before(async () => {
    images = await ensureImages({ say: line => said.push(line), images: SMALL_IMAGES });
    dir = mkdtempSync(join(tmpdir(), 'mpiswarm-images-test-'));
    writeFileSync(join(dir, 'agent.cjs'), "console.log('agent on', process.version);\n");
    writeFileSync(join(dir, 'agent-ssh.cjs'), '');
    writeFileSync(join(dir, 'each.cjs'), '');
    writeFileSync(join(dir, 'agent-package.cjs'), '');
    copyFileSync('images/agent/ranks/rank.sh', join(dir, 'rank.sh'));
    builder = await startBuilder(join(dir, 'engine'));
    docker = builder.docker;
    await loadInto(builder.host, images, line => said.push(line));
    agent = await agentFiles(dir);
    expect((await ensureAgentImage(docker, agent)).made).to.equal(true);
    // An empty volume is filled from the image at its mount point.
    const filled = await run(docker, agentImageName(agent), agent.command, {
      HostConfig: agentVolume(agent),
    });
    expect(filled.stdout).to.equal(`agent on ${process.version}\n`);
  });
  after(async () => {
    await builder?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const ref = (name: string): string => images.find(image => image.ref.includes(`/${name}:`))?.ref ?? name;

  it('are found in the cache when asked for again, and are not loaded twice', async () => {
    const lines: string[] = [];
    const again = await ensureImages({ say: line => lines.push(line), images: SMALL_IMAGES });
    expect(again).to.deep.equal(images);
    await loadInto(builder.host, images, line => lines.push(line));
    expect(lines).to.deep.equal([]);
    const folder = join(images[0]?.tar ?? '', '..', '..', 'work');
    expect(existsSync(folder), `${folder} is left behind`).to.equal(false);
  });

  it('include the agent, made once, with a label that tells its content and the command that starts it', async () => {
    const { id, made } = await ensureAgentImage(docker, agent);
    expect(made).to.equal(false);
    const { Config } = await docker.getImage(id).inspect();
    expect(Config.Labels).to.deep.equal({
      'mpiswarm.dev/part': 'agent',
      'mpiswarm.dev/agent': agent.content,
    });
    expect(Config.Cmd).to.deep.equal(agent.command);
  });

  for (const name of SMALL_IMAGES) {
    describe(name, () => {
      it('holds no key, no password and no account that a password opens', async () => {
        await expectNoWayIn(docker, ref(name));
      });

      it('has no Node, no compiler, no package lists and no settings of the machine that built it', async () => {
        const look =
          'for p in node nodejs gcc cc; do command -v $p; done; ls -A /var/lib/apt/lists; cat /etc/machine-id; grep -r -i proxy /etc/apt';
        expect((await run(docker, ref(name), ['sh', '-c', look], { User: '0' })).stdout).to.equal('');
        const { Config } = await docker.getImage(ref(name)).inspect();
        expect(Config.Env).to.have.length(1);
      });
    });
  }

  for (const name of ['openmpi5', 'openmpi4']) {
    describe(`${name}: mpirun`, () => {
      it('runs the ring with exactly the lines of the seed', async () => {
        const { code, stdout, stderr } = await run(docker, ref(name), [...MPIRUN, '-np', '4', 'ring']);
        expect(stderr + code).to.equal('0');
        expectRing(stdout);
      });

      it('runs the ring with one process', async () => {
        const { stdout } = await run(docker, ref(name), [...MPIRUN, '-np', '1', 'ring']);
        const lines = ['Process 0 sending 10 to rank 0 (1 processes in ring)', ...RING.slice(1, 12)];
        expect(stdout.trimEnd().split('\n')).to.deep.equal(lines);
      });

      it('computes pi, and says where ranks are, in order', async () => {
        const pi = await run(docker, ref(name), [...MPIRUN, '-np', '2', 'pi', '1000000']);
        expect(pi.stdout).to.match(
          /^pi is 3\.14159265\d+ \(1000000 intervals, 2 processes\)\nerror is .*\ntime is .* s\n$/,
        );
        const { stdout } = await run(docker, ref(name), [...MPIRUN, '-np', '3', 'placement'], {
          Hostname: 'here',
        });
        expect(stdout).to.equal('rank 0 of 3 on here\nrank 1 of 3 on here\nrank 2 of 3 on here\n');
      });

      it('passes on the exit code of a program, which wrote one line for its start', async () => {
        const script = `${MPIRUN.join(' ')} -np 3 ledger /tmp/starts 0 7 2>/dev/null; echo $?; wc -l </tmp/starts; cat /tmp/starts`;
        const { stdout } = await run(docker, ref(name), ['sh', '-c', script], { Hostname: 'here' });
        expect(stdout).to.match(/^7\n1\n\d+\.\d{3} here \d+\n$/);
      });

      it('starts a rank all the same when it cannot be recorded, and says so', async () => {
        const options = { Env: ['OMPI_COMM_WORLD_RANK=3'], HostConfig: agentVolume(agent, true) };
        const { code, stdout, stderr } = await run(
          docker,
          ref(name),
          ['/opt/mpiswarm/bin/rank', 'echo', 'a  b'],
          options,
        );
        expect(stdout + code).to.equal('a  b\n0');
        expect(stderr).to.equal('mpiswarm: rank 3 could not record itself in /run/mpiswarm/ranks\n');
      });

      it('names a program that is not there, when it is started by the rank recorder alone', async () => {
        const options = { Env: ['OMPI_COMM_WORLD_RANK='], HostConfig: agentVolume(agent, true) };
        const { code, stderr } = await run(docker, ref(name), ['/opt/mpiswarm/bin/rank', 'nosuch'], options);
        expect(stderr + code).to.equal('mpiswarm: rank ?: program not found: nosuch\n127');
      });

      it('starts ranks through the rank recorder when the environment says so, its own words unchanged', async () => {
        const Env = [
          'OMPI_MCA_orte_fork_agent=/opt/mpiswarm/bin/rank',
          'PRTE_MCA_odls_base_exec_agent=/opt/mpiswarm/bin/rank',
        ];
        const options = { Env, HostConfig: agentVolume(agent, true) };
        const script = `mkdir -p /run/mpiswarm/ranks; ${MPIRUN.join(' ')} -np 3 "$0" >/dev/null 2>/tmp/err; echo $?; ls /run/mpiswarm/ranks; cat /tmp/err`;
        const good = await run(docker, ref(name), ['sh', '-c', script, 'placement'], options);
        expect(good.stdout).to.equal('0\n0\n1\n2\n');
        const bad = await run(docker, ref(name), ['sh', '-c', script, 'nosuch'], options);
        expect(bad.stdout).to.match(/unable to find the specified executable file[\s\S]*Executable: nosuch/);
        expect(bad.stdout.startsWith('0\n')).to.equal(false);
      });
    });

    it(`${name}: sshd takes its configuration and needs no folder made first`, async () => {
      const script =
        'ssh-keygen -q -t ed25519 -N "" -f /tmp/key && "$(command -v sshd)" -t -h /tmp/key && command -v ssh';
      const { code, stdout } = await run(docker, ref(name), ['sh', '-c', script]);
      expect(stdout + code).to.equal('/usr/bin/ssh\n0');
    });

    it(`${name}: the agent's own Node runs in it, out of a volume filled from the agent's image`, async () => {
      const { stdout, stderr } = await run(docker, ref(name), agent.command, {
        HostConfig: agentVolume(agent, true),
      });
      expect(stderr + stdout).to.equal(`agent on ${process.version}\n`);
    });
  }

  it('include a ZooKeeper that answers soon after its start, keeps its data in a volume and ends on SIGTERM', async () => {
    const volume = { Type: 'volume', Source: 'zookeeper-data', Target: '/var/lib/zookeeper' } as const;
    const container = await docker.createContainer({
      Image: ref('zookeeper'),
      HostConfig: { NetworkMode: 'none', Mounts: [volume] },
    });
    await container.start();
    const ask = async (word: string): Promise<string> =>
      execIn(docker, container, [
        'bash',
        '-c',
        `exec 3<>/dev/tcp/127.0.0.1/2181 && printf ${word} >&3 && cat <&3`,
      ]);
    const deadline = performance.now() + 20_000;
    // It says imok a little before it serves.
    while (!(await ask('srvr')).includes('Mode: standalone') && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(await ask('ruok')).to.equal('imok');
    expect(await ask('srvr')).to.include('Mode: standalone');
    expect(await ask('mntr')).to.include('zk_server_state\tstandalone');
    expect(await ask('envi')).to.include('not executed because it is not in the whitelist');
    expect(await execIn(docker, container, ['cat', '/proc/1/comm'])).to.equal('java\n');
    expect(await execIn(docker, container, ['sh', '-c', 'ls -A /var/lib/zookeeper'])).to.equal('version-2\n');
    const before = performance.now();
    await container.stop({ t: 8 });
    expect(performance.now() - before).to.be.below(7_000);
    expect((await container.inspect()).State.ExitCode).to.equal(143);
    await container.remove({ v: true });
  });
});

function agentVolume({ content }: AgentFiles, readOnly = false): Docker.HostConfig {
  const name = `mpiswarm-agent-${content}`;
  return { Mounts: [{ Type: 'volume', Source: name, Target: '/opt/mpiswarm', ReadOnly: readOnly }] };
}
