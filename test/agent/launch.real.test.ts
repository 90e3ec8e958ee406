import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { runtime } from '../../controller/adapters/lib/runtime.js';
import type { LauncherReport, Placement, RunResult } from '../../controller/shared/protocol/protocol.js';
import { eventually, fileContent, type Machine, startMachine } from './machine.js';

/** One worker at 127.0.0.1; the command is a shell script that keeps a ledger of its starts. */
async function oneWorker(script: string): Promise<Machine & { readonly ledger: string }> {
  const machine = await startMachine({
    workers: 1,
    command: ['sh', '-c', `echo started >> "$LEDGER"; ${script}`],
  });
  return { ...machine, ledger: join(machine.folder, 'ledger') };
}

async function token(machine: Machine): Promise<void> {
  const report = await eventually(async () => {
    const there = await machine.read<LauncherReport>('launcher');
    return there?.hostfile === undefined ? undefined : there;
  }, 'a hostfile');
  await machine.create('start', { hostfile: report.hostfile });
}

describe('a launcher', function () {
  this.timeout(60_000);
  let machine: Awaited<ReturnType<typeof oneWorker>>;
  const start = async (script: string) => {
    machine = await oneWorker(script);
    await machine.agent({ roles: 'worker', slot: 1 });
  };
  const launcher = (task: string) =>
    machine.agent({ roles: 'launcher', slot: 9, task, env: { LEDGER: machine.ledger } });
  afterEach(() => machine.stop());

  it('starts the command once although two launchers have the token', async () => {
    await start('sleep 0.5');
    const both = [await launcher('task-a'), await launcher('task-b')];
    await token(machine);
    const first = await Promise.race(both.map(agent => agent.ended));
    expect(first).to.equal(0);
    const fault = await eventually(
      async () => (await machine.read<LauncherReport>('launcher'))?.fault,
      'a refusal',
    );
    expect(fault).to.include('already started this run');
    expect(await readFile(machine.ledger, 'utf8')).to.equal('started\n');
  });

  it('passes SIGTERM to the command and reports what became of it', async () => {
    await start('trap "echo got term; exit 9" TERM; while :; do sleep 0.05; done');
    const agent = await launcher('task-a');
    await token(machine);
    await fileContent(machine.ledger);
    agent.process.kill('SIGTERM');
    expect(await agent.ended).to.equal(9);
    expect(agent.stdout()).to.equal('got term\n');
    expect(await machine.read<RunResult>('result')).to.include({
      exitCode: 9,
      tail: 'got term\n',
      askedBy: 'engine',
    });
  });

  it('kills a command that ignores SIGTERM after the grace time', async () => {
    await start('trap "" TERM; while :; do sleep 0.05; done');
    const agent = await launcher('task-a');
    await token(machine);
    await fileContent(machine.ledger);
    agent.process.kill('SIGTERM');
    expect(await agent.ended).to.equal(137);
    expect(await machine.read<RunResult>('result')).to.include({ exitCode: 137, signal: 'SIGKILL' });
  });

  for (const unreachableSeconds of [undefined, 2]) {
    const what = unreachableSeconds === undefined ? 'lets the command run on' : 'ends the command';
    it(`${what} when ZooKeeper does not answer for 5 s and the run gives it ${unreachableSeconds ?? 'any time'}`, async () => {
      await start('trap "exit 8" TERM; while :; do sleep 0.05; done');
      const agent = await machine.agent({
        ...{ roles: 'launcher', slot: 9, task: 'task-a', env: { LEDGER: machine.ledger } },
        ...(unreachableSeconds === undefined ? {} : { spec: { unreachableSeconds } }),
      });
      await token(machine);
      await fileContent(machine.ledger);
      machine.zookeeper.pause();
      await sleep(5_000);
      machine.zookeeper.resume();
      const result = () => machine.read<RunResult>('result');
      if (unreachableSeconds === undefined) {
        await sleep(1_000);
        expect(await result()).to.equal(undefined);
        return;
      }
      expect(await eventually(result, 'a result')).to.include({ exitCode: 8, askedBy: 'silence' });
      expect(await agent.ended).to.equal(8);
    });
  }

  it('ends the command when the stop token is there', async () => {
    await start('trap "exit 8" TERM; while :; do sleep 0.05; done');
    const agent = await launcher('task-a');
    await token(machine);
    await fileContent(machine.ledger);
    await machine.create('stop', {});
    expect(await agent.ended).to.equal(8);
  });

  it('never starts the command when the stop token was there first', async () => {
    await start('true');
    await machine.create('stop', {});
    await machine.create('start', { hostfile: '127.0.0.1 slots=2\n' });
    const agent = await launcher('task-a');
    await sleep(1500);
    expect(await machine.read('claim')).to.equal(undefined);
    agent.process.kill('SIGTERM');
    expect(await agent.ended).to.equal(143);
  });

  describe('whose command ends while ZooKeeper is away', () => {
    const ended = async (exitCode: number) => {
      machine = await oneWorker(
        `echo > "$RANKS/0"; echo > "$RANKS/1"; while ! [ -e "$LEDGER.go" ]; do sleep 0.05; done; exit ${exitCode}`,
      );
      const env = {
        LEDGER: machine.ledger,
        RANKS: join(machine.folder, 'container-0/run/mpiswarm/ranks'),
      };
      const agent = await machine.agent({ roles: 'launcher,worker', slot: 1, env });
      await token(machine);
      await fileContent(machine.ledger);
      machine.zookeeper.pause();
      await writeFile(`${machine.ledger}.go`, '');
      await eventually(async () => {
        const log = await readFile(agent.paths.log, 'utf8');
        return log.includes('could not') ? true : undefined;
      }, 'a try to store');
      return agent;
    };

    it('stores placement and result once it is back, and ends then', async () => {
      const agent = await ended(3);
      expect(agent.process.exitCode).to.equal(null);
      machine.zookeeper.resume();
      expect(await agent.ended).to.equal(3);
      expect(await machine.read<RunResult>('result')).to.include({ exitCode: 3 });
      expect((await machine.read<Placement>('placement/0'))?.ranks).to.deep.equal([0, 1]);
    });

    it("ends with the command's exit code when it is asked to", async () => {
      const agent = await ended(0);
      const begun = performance.now();
      agent.process.kill('SIGTERM');
      expect(await agent.ended).to.equal(0);
      expect(performance.now() - begun).to.be.below(10_000);
      machine.zookeeper.resume();
    });
  });

  it('passes SIGUSR1 to the command', async () => {
    await start('trap "exit 5" USR1; while :; do sleep 0.05; done');
    const agent = await launcher('task-a');
    await token(machine);
    await fileContent(machine.ledger);
    agent.process.kill('SIGUSR1');
    expect(await agent.ended).to.equal(5);
  });

  it('does not start for a token that names another hostfile', async () => {
    await start('true');
    const agent = await launcher('task-a');
    await eventually(async () => (await machine.read<LauncherReport>('launcher'))?.hostfile, 'a hostfile');
    await machine.create('start', { hostfile: '127.0.0.77 slots=2\n' });
    const line = 'start token is for another hostfile';
    await eventually(async () => {
      const log = await readFile(agent.paths.log, 'utf8');
      return log.includes(line) ? true : undefined;
    }, line);
    expect(await machine.read('claim')).to.equal(undefined);
  });

  it('reports a worker that shows another host key, and writes no hostfile', async () => {
    machine = await oneWorker('true');
    await machine.agent({ roles: 'worker', slot: 1, hostKey: runtime.keyPair().privateKey });
    await launcher('task-a');
    const proof = await eventually(
      async () => (await machine.read<LauncherReport>('launcher'))?.ssh['0'],
      'a try',
    );
    expect(proof).to.deep.include({
      ok: false,
      error: `wrong host key from 127.0.0.1:${machine.spec.sshPort}`,
    });
    expect((await machine.read<LauncherReport>('launcher'))?.hostfile).to.equal(undefined);
  });

  it('says what to install when mpirun is not there', async () => {
    machine = await startMachineWithout('mpirun-that-is-not-there');
    await machine.agent({ roles: 'launcher', slot: 9 });
    const report = await eventually(() => machine.read<LauncherReport>('launcher'), 'a report');
    expect(report.fault).to.match(/^no mpirun-that-is-not-there in the image: install/);
  });

  it('says that the hostfile cannot be written', async () => {
    await start('true');
    await writeFile(join(machine.folder, 'file'), '');
    const hostfile = join(machine.folder, 'file', 'hostFile');
    await machine.agent({ roles: 'launcher', slot: 9, spec: { hostfile } });
    const fault = await eventually(
      async () => (await machine.read<LauncherReport>('launcher'))?.fault,
      'a fault',
    );
    expect(fault).to.include(`hostfile ${hostfile} cannot be written`);
  });

  it('says that a class is missing, once all workers are there, and starts nothing', async () => {
    await start('true');
    const java = { classPath: '/nowhere', classes: ['org.example.Missing'] };
    await machine.agent({ roles: 'launcher', slot: 9, spec: { java }, env: { LEDGER: machine.ledger } });
    const report = await eventually(async () => {
      const there = await machine.read<LauncherReport>('launcher');
      return there?.fault === undefined ? undefined : there;
    }, 'a fault');
    expect(report.fault).to.match(
      /^could not find or load main class org\.example\.Missing: it is not in \/nowhere/,
    );
    expect(report.ssh['0']?.ok).to.equal(true);
    expect(report.hostfile).to.equal(undefined);
  });

  it('needs no root: the whole path works as another user', async () => {
    const games = 5; // a user that Debian has always had, and that can log in nowhere else
    machine = await oneWorker('id -u');
    const hostfile = join(tmpdir(), 'mpiswarm-agent-test', 'hostFile');
    const spec = { sshUser: 'games', hostfile };
    const worker = await machine.agent({ roles: 'worker', slot: 1, uid: games, spec });
    const env = { LEDGER: '/dev/null' };
    const agent = await machine.agent({ roles: 'launcher', slot: 9, uid: games, spec, env });
    await token(machine);
    expect(await agent.ended).to.equal(0);
    expect(agent.stdout()).to.equal(`${games}\n`);
    const { uid, mode } = await stat(worker.paths.runProperties);
    expect([uid, mode & 0o777]).to.deep.equal([games, 0o600]);
    await rm(join(tmpdir(), 'mpiswarm-agent-test'), { recursive: true });
  });

  it('may be worker 0 too, and reports which ranks recorded themselves there', async () => {
    machine = await oneWorker('echo > "$RANKS/0"; echo > "$RANKS/1"; sleep 0.3');
    const env = { LEDGER: machine.ledger, RANKS: join(machine.folder, 'container-0/run/mpiswarm/ranks') };
    const agent = await machine.agent({ roles: 'launcher,worker', slot: 1, env });
    await token(machine);
    expect(await agent.ended).to.equal(0);
    expect(await machine.read<Placement>('placement/0')).to.deep.equal({
      worker: 0,
      task: 'task-1',
      ranks: [0, 1],
      copied: 0,
    });
  });
});

function startMachineWithout(program: string): Promise<Machine & { readonly ledger: string }> {
  return startMachine({ workers: 1, command: [program] }).then(machine => ({ ...machine, ledger: '' }));
}
