import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import type { JobRecord, RunStatus } from '../../controller/core/model/record.js';
import { expandPlacement } from '../../controller/core/status/placed-ranks.js';
import { DOCKER, until } from './support/installation.js';
import { type ManifestParts, manifest, OPENMPI5 } from './support/manifest.js';
import { alive, containersOf, processesIn } from './support/processes.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';
import { variantImage } from './support/variant-image.js';

const MINUTE = 60_000;

describe('a job of mode Command, on three nodes', function () {
  this.timeout(3 * MINUTE);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('command');
  });

  after(async () => mpiswarm.close());

  function text(name: string, script: string, parts: ManifestParts = {}): string {
    const spec = { mode: 'Command', ...parts.spec };
    return manifest(name, { ...parts, command: ['sh', '-c', script], spec });
  }

  it('runs its command once for each slot, each rank on its node, and logs each rank', async () => {
    const script = 'echo "$MPISWARM_RANK $MPISWARM_RANKS $MPISWARM_WORKER $MPISWARM_WORKERS"';
    await mpiswarm.drop('slots.yaml', text('slots', script, { workers: { replicas: 3, slots: 2 } }));
    const record = await mpiswarm.waitDone('default/slots');
    expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
    expect(record.status.message).to.equal('the command exited with code 0');
    const { id, placement = [] } = lastRun(record);
    const lines = Array.from({ length: 6 }, (_, rank) => `${rank} 6 ${Math.floor(rank / 2)} 3`);
    expect((await mpiswarm.output(id)).trim().split('\n').sort()).to.deep.equal(lines);
    expect(expandPlacement(placement).map(({ rank, worker }) => [rank, worker])).to.deep.equal(
      lines.map((_, rank) => [rank, Math.floor(rank / 2)]),
    );
    const { stdout } = await mpiswarm.cli('logs', '--rank', '3', 'slots');
    expect(stdout).to.equal('3 6 1 3\n');
  });

  describe('in other cases @full', () => {
    let ended: Ended;

    before(async () => {
      const docker = engineClient(DOCKER);
      const image = await variantImage(docker, {
        ...{ base: OPENMPI5, repo: 'mpiswarm-test/no-mpirun', command: ['rm', '/usr/bin/mpirun'] },
        script: {
          path: '/usr/local/bin/greet',
          text: '#!/bin/sh\n! command -v mpirun && echo "hello of $(id -un)"\n',
        },
      });
      const { Name: hostname } = await docker.info();
      const placement = { constraints: [`node.hostname==${hostname}`] };
      ended = together(mpiswarm, {
        'no-mpirun': text('no-mpirun', 'greet', {
          image,
          workers: { replicas: 2, user: 'mpi', placement },
          spec: { launcher: { mode: 'Worker0' } },
        }),
        'one-fails': text(
          'one-fails',
          'if [ $MPISWARM_RANK = 2 ]; then echo wrong >&2; exit 7; fi; sleep 100',
        ),
        'no-command': manifest('no-command', { command: ['no-such'], spec: { mode: 'Command' } }),
      });
    });

    it('needs no mpirun in the image, and works with worker 0 as the launcher and as another user', async () => {
      const record = await ended('no-mpirun');
      expect(record.status.outcome, JSON.stringify(record.status)).to.equal('Succeeded');
      expect(await mpiswarm.output(lastRun(record).id)).to.equal('hello of mpi\nhello of mpi\n');
    });

    it('fails with the exit code of the failed rank, names that rank, and ends the others', async () => {
      const record = await ended('one-fails');
      const { startedAt = 0, endedAt = 0 } = lastRun(record);
      expect(endedAt - startedAt, 'does not wait for the others').to.be.within(1, 60_000);
      const { exitCode, reason, message } = record.status;
      expect({ exitCode, reason }).to.deep.equal({ exitCode: 7, reason: 'NonZeroExitCode' });
      expect(message).to.match(/^the command exited with code 7: .*rank 2 on worker 2 exited with code 7/);
    });

    it('is not retried when its command does not exist, and says so', async () => {
      const { status } = await ended('no-command');
      expect({ exitCode: status.exitCode, reason: status.reason }).to.deep.equal({
        exitCode: 127,
        reason: 'CommandNotFound',
      });
      expect(status.message).to.include('program not found: no-such');
    });

    it('gets SIGTERM when it is cancelled, and leaves no process', async () => {
      const script = 'trap "echo asked; exit 0" TERM; echo up; while :; do sleep 0.1; done';
      await mpiswarm.drop('asked.yaml', text('asked', script, { workers: { replicas: 2 } }));
      await mpiswarm.waitFor('default/asked', ({ status }) => status.phase === 'running');
      await until('both ranks are up', MINUTE, async () => {
        const { stdout } = await mpiswarm.cli('logs', 'asked');
        return stdout === 'up\nup\n' || undefined;
      });
      const processes = processesIn(await containersOf('default/asked'));
      expect(processes.filter(({ command }) => command.startsWith('sh -c trap')).length).to.be.at.least(2);
      await mpiswarm.drop(
        'asked.yaml',
        text('asked', script, { workers: { replicas: 2 }, spec: { runPolicy: { cancel: true } } }),
      );
      const record = await mpiswarm.waitDone('default/asked');
      expect(record.status.outcome).to.equal('Cancelled');
      expect((await mpiswarm.output(lastRun(record).id)).match(/asked/g)).to.have.length(2);
      await until('the end of all processes', MINUTE, async () => alive(processes).length === 0 || undefined);
    });

    it('fails as an MPI job does when a worker is killed, and names the worker', async () => {
      await mpiswarm.drop(
        'command-lost.yaml',
        text('command-lost', 'sleep 300', { workers: { replicas: 3 } }),
      );
      await mpiswarm.waitFor(
        'default/command-lost',
        ({ status }) => status.workers.every(({ ranks }) => ranks !== '') && status.phase === 'running',
      );
      const { workers } = await mpiswarm
        .waitFor('default/command-lost', () => true)
        .then(({ status }) => status);
      const containers = await containersOf('default/command-lost');
      const victim = processesIn(containers).find(({ command }) => command === 'sleep 300');
      expect(workers).to.have.length(3);
      const container = containers.find(one => processesIn([one]).some(({ pid }) => pid === victim?.pid));
      if (!container) throw new Error('no worker runs the command');
      process.kill(container.pid, 'SIGKILL');
      const { status } = await mpiswarm.waitDone('default/command-lost', 2 * MINUTE);
      expect({ outcome: status.outcome, reason: status.reason }).to.deep.equal({
        outcome: 'Failed',
        reason: 'WorkerLost',
      });
      expect(status.message).to.match(/^worker \d on node \S+: container ended/);
    });
  });

  function lastRun({ status }: JobRecord): RunStatus {
    const run = status.runs.at(-1);
    if (!run) throw new Error('no run');
    return run;
  }
});
