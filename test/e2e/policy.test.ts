import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { parseCpu } from '../../controller/api/types/quantity.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { imageWithHeldSshd } from './support/held-sshd.js';
import { DOCKER, until } from './support/installation.js';
import { type ManifestParts, manifest, OPENMPI4, OPENMPI5 } from './support/manifest.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

/** What the programs of these jobs remember from one run to the next, on the first node. */
const MEMORY = 'mpiswarm-test-policy';

describe('run policy on the real cluster', function () {
  this.timeout(150_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;
  let hostname = '';
  let held = '';
  /** So that two workers fill the first node. */
  let nearlyHalf = '';

  before(async () => {
    const { Name, NCPU } = await docker.info();
    hostname = Name as string;
    nearlyHalf = `${Math.floor((NCPU as number) * 450)}m`;
    held = await imageWithHeldSshd(docker, OPENMPI5);
    await docker.createVolume({ Name: MEMORY, Labels: { 'mpiswarm.dev/test': 'policy' } });
    mpiswarm = await sharedInstallation('policy');
  });

  after(async () => {
    await mpiswarm.close(() => removeUnused(docker.getVolume(MEMORY)));
  });

  /** On the first node, whose engine the test can ask, with the memory at /hold. */
  async function dropHere(name: string, parts: ManifestParts): Promise<string> {
    const workers = {
      replicas: 2,
      placement: { constraints: [`node.hostname==${hostname}`] },
      volumes: [{ name: MEMORY, mountPath: '/hold' }],
      ...parts.workers,
    };
    const spec = { imagePullPolicy: 'Never', ...parts.spec };
    await mpiswarm.drop(`${name}.yaml`, manifest(name, { ...parts, workers, spec }));
    return `default/${name}`;
  }

  async function containers(key: string, role: string) {
    const label = [`${LABEL.job}=${key}`, `${LABEL.role}=${role}`];
    return docker.listContainers({ filters: { label } });
  }

  /** Kills the container of a worker, and returns once the engine says that it is gone. */
  async function killWorker(key: string, slot: number): Promise<void> {
    const id = await until(`worker in slot ${slot} of ${key}`, 60_000, async () => {
      const found = await containers(key, 'workers');
      return found.find(one => one.Labels['com.docker.swarm.task.name']?.includes(`-workers.${slot}.`))?.Id;
    });
    await docker.getContainer(id).kill({ signal: 'SIGKILL' });
  }

  /** Waits until both ranks of the job have left their file in the memory. */
  async function ranksAreUp(name: string): Promise<void> {
    const { Mountpoint } = await docker.getVolume(MEMORY).inspect();
    await until(`both ranks of ${name} are up`, 60_000, async () => {
      const files = await readdir(Mountpoint);
      return [0, 1].every(rank => files.includes(`${name}-${rank}`)) || undefined;
    });
  }

  const sh = (script: string) => ['sh', '-c', script];

  /** Its first rank kills itself with code 137 as often as said, and then succeeds. */
  async function dropAgain(name: string, fails: number): Promise<void> {
    const rules = [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [137] } }];
    const tries = `/hold/${name}`;
    const script = `sleep 0.5; [ "$OMPI_COMM_WORLD_RANK" = 0 ] || exec sleep 2; echo x >>${tries}; [ "$(wc -l <${tries})" -gt ${fails} ] || kill -9 $$`;
    await dropHere(name, { command: sh(script), spec: { runPolicy: { failurePolicy: { rules } } } });
  }

  async function succeedsAgain(name: string, fails: number): Promise<void> {
    const { status } = await mpiswarm.waitDone(`default/${name}`, 120_000);
    expect(status, JSON.stringify(status)).to.include({ outcome: 'Succeeded' });
    const codes = Array<number>(fails).fill(137);
    expect(status.runs.map(({ exitCode }) => exitCode)).to.deep.equal([...codes, 0]);
    const described = await mpiswarm.cli('describe', name);
    expect(described.stdout)
      .to.match(/^ {2}1 +1 +Failed +137 /m)
      .and.match(new RegExp(`^ {2}${fails + 1} +1 +Succeeded +0 `, 'm'));
    expect(described.stdout).to.match(/BackOff .*attempt 1 failed and does not count, by .*\(Ignore\)/);
    expect(described.stdout).to.match(/^Retries: +none; always after exit code 137$/m);
  }

  /** Each rank leaves its file and sleeps, in the first run; in the second one it ends. */
  async function dropLost(version: string, image: string): Promise<void> {
    const name = `lost-${version}`;
    await dropHere(name, {
      image,
      command: sh(`mkdir /hold/${name}-$OMPI_COMM_WORLD_RANK 2>/dev/null && exec sleep 300; sleep 1`),
      workers: { slots: 1 },
      spec: { runPolicy: { backoffLimit: 1 } },
    });
  }

  async function succeedsWithoutWorker(version: string): Promise<void> {
    const name = `lost-${version}`;
    const key = `default/${name}`;
    await ranksAreUp(name);
    await mpiswarm.waitFor(key, ({ status }) => status.runs[0]?.startedAt !== undefined);
    await killWorker(key, 2);
    const failed = await mpiswarm.waitFor(key, ({ status }) => status.runs[0]?.outcome !== undefined);
    const [run] = failed.status.runs;
    expect(run, JSON.stringify(run)).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
    expect(run?.message).to.include(`worker 1 on node ${hostname}: container ended with exit code 137`);
    const { status } = await mpiswarm.waitDone(key);
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    expect(status.runs).to.have.length(2);
    const described = await mpiswarm.cli('describe', name);
    expect(described.stdout).to.match(/WorkerLost[\s\S]*worker\s+1\s+on\s+node/);
  }

  describe('that runs a job again', () => {
    before(async () => {
      await dropAgain('tries-twice', 1);
      await dropLost('5', OPENMPI5);
      await dropHere('early', { image: held, command: ['placement'] });
    });

    it('replaces a worker that was killed before the start, and starts', async () => {
      const key = 'default/early';
      await killWorker(key, 1);
      const replaced = await mpiswarm.waitFor(key, ({ status }) =>
        status.waitingOn.some(({ message }) => /worker 0: .*non-zero exit \(137\)/.test(message)),
      );
      expect(replaced.status.runs[0]?.startedAt).to.equal(undefined);
      const described = await mpiswarm.cli('describe', 'early');
      expect(described.stdout).to.match(/^Waiting on:[\s\S]*worker 0: .*non-zero exit \(137\)/m);
      const [launcher] = await containers(key, 'launcher');
      const touch = await docker.getContainer(launcher?.Id ?? '').exec({ Cmd: ['touch', '/hold/go'] });
      await touch.start({});
      const { status } = await mpiswarm.waitDone(key);
      expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
      expect(status.runs, 'no run was spent').to.have.length(1);
    });

    it('names a worker that was killed while mpirun runs, and succeeds with the next run, Open MPI 5', () =>
      succeedsWithoutWorker('5'));

    it('does so after exit code 137, against no limit', () => succeedsAgain('tries-twice', 1));
  });

  describe('in other cases @full', () => {
    before(async () => {
      await dropAgain('tries-often', 2);
      await dropLost('4', OPENMPI4);
      await dropHere('never', {
        command: sh('exit 2'),
        spec: {
          runPolicy: {
            backoffLimit: 3,
            failurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } }] },
          },
        },
      });
      await dropHere('zero', {
        command: sh(
          'touch /hold/zero-$OMPI_COMM_WORLD_RANK; [ "$OMPI_COMM_WORLD_RANK" = 1 ] || exec sleep 300',
        ),
      });
      await dropHere('too-late', {
        image: held,
        workers: { volumes: [{ name: MEMORY, mountPath: '/elsewhere' }] },
        spec: { runPolicy: { startDeadlineSeconds: 20, backoffLimit: 3 } },
      });
    });

    it('names a worker that was killed while mpirun runs, and succeeds with the next run, Open MPI 4', () =>
      succeedsWithoutWorker('4'));

    it('does not count as success when mpirun exits with 0 after it killed the ranks for a lost worker', async () => {
      // Open MPI 5.0.7 does so when the ranks of the lost worker have ended
      const key = 'default/zero';
      await ranksAreUp('zero');
      await mpiswarm.waitFor(key, ({ status }) => status.runs[0]?.startedAt !== undefined);
      // Its rank 1 has left its file and is about to end
      await sleep(1_000);
      await killWorker(key, 2);
      const { status } = await mpiswarm.waitDone(key);
      expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
      expect(status.message).to.include(`worker 1 on node ${hostname}: container ended with exit code 137`);
    });

    it('never retries a job after an exit code with a FailJob rule, and names the rule', async () => {
      const { status } = await mpiswarm.waitDone('default/never');
      expect(status).to.include({ outcome: 'Failed', exitCode: 2, reason: 'NonZeroExitCode' });
      expect(status.message).to.include('spec.runPolicy.failurePolicy.rules[0] (FailJob)');
      expect(status.runs).to.have.length(1);
      const described = await mpiswarm.cli('describe', 'never');
      expect(described.stdout).to.match(/Retries: +3 at most; none after exit code 2/);
    });

    it('says on which workers and at which step a job was when its start deadline passed', async () => {
      const { status } = await mpiswarm.waitDone('default/too-late');
      expect(status).to.include({ outcome: 'Failed', reason: 'StartDeadlineExceeded' });
      expect(status.message).to.match(
        /^mpirun was not started within 20 s, it did not become ssh-ready: worker 0: .*; worker 1: /,
      );
      const described = await mpiswarm.cli('describe', 'too-late');
      expect(described.stdout).to.match(
        /^Reason: +StartDeadlineExceeded\nMessage: +mpirun was not started within 20 s, .*worker 0: .*; worker 1: /m,
      );
      expect(status.runs).to.have.length(1);
    });

    it('runs a job again after exit code 137 as often as it takes, against no limit', () =>
      succeedsAgain('tries-often', 2));

    it('lets jobs wait for cpu by priority, saying what is missing or which jobs are before them', async () => {
      const resources = { requests: { cpu: nearlyHalf } };
      const fills = (name: string, command: readonly string[], runPolicy: object = {}) =>
        dropHere(name, { workers: { resources }, command, spec: { runPolicy } });
      const first = await fills('first', sh('sleep 300'));
      await mpiswarm.waitFor(first, ({ status }) => status.phase === 'running');
      const waits = (reason: string) => (record: JobRecord) => record.status.reason === reason;
      const low = await fills('low', ['ring']);
      const lacking = await mpiswarm.waitFor(low, waits('InsufficientResources'));
      expect(lacking.status.message).to.equal(
        `needs 2 workers of ${nearlyHalf} CPU: there is room for none of the workers`,
      );
      expect(lacking.status).to.deep.include({ phase: 'pending', runs: [] });
      const high = await fills('high', ['ring'], { priority: 7 });
      await mpiswarm.waitFor(low, waits('Queued'));
      const described = await mpiswarm.cli('describe', 'low');
      expect(described.stdout).to.include('queued behind default/high');
      await mpiswarm.waitFor(high, waits('InsufficientResources'));
      await fills('first', sh('sleep 300'), { cancel: true });
      const [higher, lower] = [await mpiswarm.waitDone(high), await mpiswarm.waitDone(low)];
      expect([higher.status.outcome, lower.status.outcome]).to.deep.equal(['Succeeded', 'Succeeded']);
      expect(lower.status.startTime).to.be.at.least(higher.status.completionTime ?? 0);
      const unplaced = [higher, lower].flatMap(({ status }) =>
        status.events.filter(({ reason }) => reason === 'Unschedulable'),
      );
      expect(unplaced, 'Swarm had room when it was asked').to.deep.equal([]);
    });

    it('counts the reservations of foreign services', async () => {
      const service = await docker.createService({
        Name: 'mpiswarm-test-other',
        TaskTemplate: {
          ContainerSpec: { Image: OPENMPI5, Command: ['sleep', '300'] },
          Placement: { Constraints: [`node.hostname==${hostname}`] },
          Resources: { Reservations: { NanoCPUs: parseCpu(nearlyHalf) * 2 } },
        },
      });
      try {
        await until('the other service has its place', 30_000, async () => {
          const tasks = await docker.listTasks({ filters: { service: ['mpiswarm-test-other'] } });
          return tasks.some(task => task.Status?.State === 'running') || undefined;
        });
        const resources = { requests: { cpu: nearlyHalf } };
        const key = await dropHere('beside', { workers: { resources } });
        await mpiswarm.waitFor(key, ({ status }) => status.reason === 'InsufficientResources');
        await service.remove();
        const { status } = await mpiswarm.waitDone(key);
        expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
      } finally {
        await service.remove().catch(() => undefined); // gone already where all went well
      }
    });
  });
});
