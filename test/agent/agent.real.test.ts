import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import type {
  Claim,
  LauncherReport,
  Registration,
  RunResult,
} from '../../controller/shared/protocol/protocol.js';
import { loadProperties } from './load-properties.js';
import { type Agent, eventually, fileContent, type Machine, startMachine } from './machine.js';

describe('three agents on one machine', function () {
  this.timeout(60_000);
  let machine: Machine;
  let launcher: Agent;
  let workers: Agent[];
  /** A port that a program of worker 1 has taken. */
  const busy = createServer();

  before(async () => {
    machine = await startMachine({
      command: ['sh', '-c', 'echo out $GREETING; echo err >&2; ssh -F "$SSH_CONFIG" 127.0.0.3 env; exit 7'],
      commandEnv: { GREETING: 'hello' },
    });
    await once(busy.listen(30_002, '127.0.0.2'), 'listening');
  });
  after(async () => {
    busy.close();
    await machine.stop();
  });

  it('registers each worker with its address, slots and node, of which the run’s directory says more', async () => {
    const env = { QUOTED: `a "b" 'c' \\d $HOME # e`, LD_LIBRARY_PATH: '/opt/lib' };
    const spec = { ports: ['rpc', 'metrics'] };
    workers = await Promise.all([2, 3].map(slot => machine.agent({ roles: 'worker', slot, env, spec })));
    const registration = await eventually(() => machine.read<Registration>('workers/1'), 'worker 1');
    expect(registration).to.include({ index: 1, task: 'task-2', address: '127.0.0.2', slots: 2 });
    expect(registration.port).to.equal(machine.spec.sshPort);
    expect(registration.node).to.deep.equal({
      ...{ id: 'node-id', hostname: 'n1' },
      ...{ address: '192.168.90.11', rack: 'r1', dataCenter: 'east' },
    });
    expect(registration.fault).to.equal(undefined);
    expect(registration.resources.diskBytes).to.be.above(0);
    expect(registration.ports).to.deep.equal({ rpc: 30_001, metrics: 30_003 });
  });

  it('tells programs of a worker the ports that it registered', async () => {
    const text = await fileContent(`${machine.folder}/container-0/run/mpiswarm/job/run.properties`);
    expect(loadProperties(text)).to.include({ 'port.rpc': '30001', 'port.metrics': '30003', worker: '1' });
  });

  it('writes no hostfile while a worker is missing', async () => {
    const spec = {
      commandEnv: { GREETING: 'hello', SSH_CONFIG: `${machine.folder}/container-2/run/mpiswarm/ssh/config` },
    };
    launcher = await machine.agent({ roles: 'launcher', slot: 9, spec });
    const report = await eventually(async () => {
      const there = await machine.read<LauncherReport>('launcher');
      return there?.ssh['1']?.ok === true && there.ssh['2']?.ok === true ? there : undefined;
    }, 'a proof of workers 1 and 2');
    expect(report.hostfile).to.equal(undefined);
  });

  it('writes the hostfile once exactly the workers of the run are proven', async () => {
    workers.push(await machine.agent({ roles: 'worker', slot: 1 }));
    const report = await eventually(async () => {
      const there = await machine.read<LauncherReport>('launcher');
      return there?.hostfile === undefined ? undefined : there;
    }, 'a hostfile');
    expect(report.hostfile).to.equal('127.0.0.1 slots=2\n127.0.0.2 slots=2\n127.0.0.3 slots=2\n');
    expect(report.ssh['0']).to.deep.equal({ ok: true, address: '127.0.0.1', task: 'task-1' });
  });

  it('does not start before the token', async () => {
    expect(await machine.read<Claim>('claim')).to.equal(undefined);
    expect(launcher.stdout()).to.equal('');
  });

  it('starts the command once the token is there and passes output, exit code and result on', async () => {
    const report = await machine.read<LauncherReport>('launcher');
    await machine.create('start', { hostfile: report?.hostfile });
    expect(await launcher.ended).to.equal(7);
    const result = await machine.read<RunResult>('result');
    expect(result).to.include({ task: 'task-9', exitCode: 7, stderrBytes: 4, tail: 'err\n' });
    expect(launcher.stdout()).to.match(/^out hello\n/);
    expect(result?.stdoutBytes).to.equal(Buffer.byteLength(launcher.stdout()));
  });

  it('gives ranks the environment of their own container', () => {
    expect(launcher.stdout()).to.include(`\nQUOTED=a "b" 'c' \\d $HOME # e\n`);
    expect(launcher.stdout()).to.include('\nLD_LIBRARY_PATH=/opt/lib\n');
    expect(launcher.stdout()).not.to.include('MPISWARM_');
  });

  it('keeps the launcher silent but for the output of the command', () => {
    expect(launcher.stderr()).to.equal('err\n');
  });

  it('refuses to start again in a second launcher process', async () => {
    const again = await machine.agent({ roles: 'launcher', slot: 9, task: 'task-10' });
    const report = await eventually(async () => {
      const there = await machine.read<LauncherReport>('launcher');
      return there?.fault === undefined ? undefined : there;
    }, 'a fault');
    expect(report.fault).to.match(/task task-9 already started this run/);
    again.process.kill('SIGTERM');
    expect(await again.ended).to.equal(143);
    expect(again.stdout()).to.equal('');
  });

  it('registers a worker again, with the same ports, when sshd was killed', async () => {
    const before = await machine.read<Registration>('workers/2');
    const pid = childOf(workers[1]?.process.pid, 'sshd');
    process.kill(pid, 'SIGKILL');
    await eventually(
      async () => ((await machine.read('workers/2')) === undefined ? true : undefined),
      'a release',
    );
    const after = await eventually(() => machine.read<Registration>('workers/2'), 'worker 2');
    expect(after.address).to.equal(before?.address);
    expect(after.ports).to.deep.equal(before?.ports).and.not.equal(undefined);
  });

  it('ends a worker on SIGTERM with exit 0 and without its registration', async () => {
    workers[0]?.process.kill('SIGTERM');
    expect(await workers[0]?.ended).to.equal(0);
    expect(await machine.read('workers/1')).to.equal(undefined);
  });
});

function childOf(parent: number | undefined, name: string): number {
  return Number(execFileSync('pgrep', ['-P', String(parent), '-x', name], { encoding: 'utf8' }));
}
