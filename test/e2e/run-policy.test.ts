import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { DOCKER, until } from './support/installation.js';
import { manifest, OPENMPI5 } from './support/manifest.js';
import { imageThatStays } from './support/mpirun-images.js';
import { removeUnused } from './support/remove.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';

const DEADLINE_S = 20;
const TTL_S = 12;
const KEPT = { none: 'None', running: 'Running', all: 'All' } as const;

/** All jobs run side by side from the start, as most of their time is waiting. */
describe('the run policy of jobs that run side by side on the real cluster @full', function () {
  this.timeout(180_000);
  const docker = engineClient(DOCKER);
  let mpiswarm: SharedInstallation;
  let hostname = '';
  let stays = '';

  before(async () => {
    hostname = (await docker.info()).Name as string;
    stays = await imageThatStays(docker, OPENMPI5);
    mpiswarm = await sharedInstallation('run-policy');
    const here = { placement: { constraints: [`node.hostname==${hostname}`] } };
    await drop('silent', 'sleep 300', {}, { image: stays, workers: { replicas: 2, ...here } });
    await drop('fails', 'echo no luck; exit 7', { backoffLimit: 2 });
    await drop('slow', 'sleep 300', { activeDeadlineSeconds: DEADLINE_S, backoffLimit: 3 });
    for (const [name, cleanUpPolicy] of Object.entries(KEPT)) await drop(name, 'exit 5', { cleanUpPolicy });
    await drop('brief', 'echo short', { ttlSecondsAfterFinished: TTL_S, cleanUpPolicy: 'None' });
  });

  after(async () => {
    await mpiswarm.close(() => removeUnused(docker.getImage(stays)));
  });

  async function drop(
    name: string,
    script: string,
    runPolicy: object,
    parts: { readonly image?: string; readonly workers?: Readonly<Record<string, unknown>> } = {},
  ): Promise<void> {
    const spec = { runPolicy, imagePullPolicy: 'Never' };
    const command = ['sh', '-c', script];
    await mpiswarm.drop(
      `${name}.yaml`,
      manifest(name, { workers: { replicas: 2 }, command, spec, ...parts }),
    );
  }

  const described = async (name: string) => (await mpiswarm.cli('describe', name)).stdout;

  /** The services of a job, by their roles, with the states that their tasks are to be in. */
  async function left(name: string): Promise<readonly string[]> {
    const label = [`${LABEL.job}=default/${name}`];
    const services = await docker.listServices({ filters: { label } });
    return services.map(({ Spec }) => Spec?.Labels?.[LABEL.role] ?? '').sort();
  }

  it('names a lost worker at once, and ends an mpirun that does not end by itself', async () => {
    const key = 'default/silent';
    await mpiswarm.waitFor(
      key,
      ({ status }) => status.workers.every(({ ranks }) => ranks !== '') && isOn(status),
    );
    const label = [`${LABEL.job}=${key}`, `${LABEL.role}=workers`];
    const workers = await docker.listContainers({ filters: { label } });
    const second = workers.find(one => one.Labels['com.docker.swarm.task.name']?.includes('-workers.2.'));
    const killedAt = Date.now();
    await docker.getContainer(second?.Id ?? '').kill({ signal: 'SIGKILL' });
    const told = await mpiswarm.waitFor(key, ({ status }) =>
      status.waitingOn.some(({ reason }) => reason === 'WorkerLost'),
    );
    expect(Date.now() - killedAt, 'from the loss to the word of it').to.be.below(15_000);
    expect(told.status.runs[0]?.outcome, 'the run goes on').to.equal(undefined);
    const loss = `worker 1 on node ${hostname}: container ended with exit code 137`;
    const words = await described('silent');
    expect(words).to.match(/^Phase: +running$/m);
    expect(words).to.match(new RegExp(`^ {2}done +WorkerLost +\\S+ +${loss}`, 'm'));
    expect(words).to.match(new RegExp(`^ {2}Running +True +WorkerLost +\\S+ +${loss}`, 'm'));
    expect(words).to.match(new RegExp(`^ {2}Warning +WorkerLost +\\S+ +${loss}`, 'm'));
    const { status } = await mpiswarm.waitDone(key);
    expect(status).to.include({ outcome: 'Failed', reason: 'WorkerLost' });
    expect(status.message).to.include(loss).and.include('mpirun did not end by itself within 30 s');
    const asked = status.events.find(({ reason }) => reason === 'Stopping')?.at ?? 0;
    const since = told.status.waitingOn.find(({ reason }) => reason === 'WorkerLost')?.since ?? 0;
    expect(asked - since, 'what mpirun had to end by itself').to.be.within(30_000, 40_000);
    expect((await mpiswarm.cli('logs', 'silent')).stdout).to.include('mpirun was asked to end');
    expect(await described('silent')).to.match(/Stopping .*did not end by itself within 30 s/);
  });

  it('ends a job that runs longer than its active deadline, and does not try again', async () => {
    const { status } = await mpiswarm.waitDone('default/slow');
    expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', reason: 'DeadlineExceeded' });
    expect(status.runs).to.have.length(1);
    expect(status.runs[0]?.startedAt, 'mpirun ran').to.be.a('number');
    const took = (status.completionTime ?? 0) - (status.startTime ?? 0);
    expect(took).to.be.within(DEADLINE_S * 1_000, (DEADLINE_S + 20) * 1_000);
    const words = await described('slow');
    expect(words).to.match(/^Reason: +DeadlineExceeded\nMessage: +the job took longer than 20 s$/m);
    expect(words).to.match(/^Retries: +3 at most$/m);
    expect(words).to.match(/Stopping .*run 1: stopping mpirun: the job took longer than 20 s/);
  });

  it('runs a job that fails as often as its back-off limit allows, and pauses longer each time and says so', async () => {
    const { status } = await mpiswarm.waitDone('default/fails');
    expect(status, JSON.stringify(status)).to.include({ outcome: 'Failed', exitCode: 7 });
    expect(status.runs.map(({ exitCode }) => exitCode)).to.deep.equal([7, 7, 7]);
    const pauses = status.runs.slice(1).map((run, i) => run.createdAt - (status.runs[i]?.endedAt ?? 0));
    expect(pauses[0]).to.be.within(10_000, 18_000);
    expect(pauses[1]).to.be.within(20_000, 28_000);
    const words = await described('fails');
    expect(words).to.match(/BackOff .*attempt 1 of 3 failed \(.*\); the next one starts 10 s after it/);
    expect(words).to.match(/BackOff .*attempt 2 of 3 failed \(.*\); the next one starts 20 s after it/);
    expect(words).to.match(/^Retries: +2 at most$/m);
    const output = (await mpiswarm.cli('logs', '--run', '1', 'fails')).stdout;
    expect(output, 'of the first attempt').to.include('no luck');
  });

  it('removes the parts of a failed job that its clean-up policy names, and keeps its output', async () => {
    for (const name of Object.keys(KEPT)) await mpiswarm.waitDone(`default/${name}`);
    expect(await left('all')).to.deep.equal([]);
    expect(await left('none')).to.deep.equal(['launcher', 'workers']);
    expect(await left('running')).to.deep.equal(['launcher']);
    for (const name of Object.keys(KEPT)) {
      expect(await described(name), name).to.match(/^Outcome: +Failed\nExit code: +5$/m);
      expect((await mpiswarm.cli('logs', name)).code, name).to.equal(0);
    }
  });

  it('removes the parts of a finished job when its time to live is over, and shows it as before', async () => {
    const { status } = await mpiswarm.waitDone('default/brief');
    const endedAt = status.runs[0]?.endedAt ?? 0;
    await until('nothing is left of it', 60_000, async () => {
      const none = (await left('brief')).length === 0;
      if (none) expect(Date.now() - endedAt).to.be.at.least(TTL_S * 1_000);
      return none || undefined;
    });
    await sleep(1_000);
    expect((await mpiswarm.job('default/brief'))?.status).to.include({ phase: 'done', outcome: 'Succeeded' });
    expect(await described('brief')).to.match(/^Outcome: +Succeeded$/m);
    expect((await mpiswarm.cli('logs', 'brief')).stdout).to.equal('short\nshort\n');
  });
});

function isOn({ runs, phase }: JobRecord['status']): boolean {
  return phase === 'running' && runs[0]?.startedAt !== undefined;
}
