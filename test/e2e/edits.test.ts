import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { DOCKER, until } from './support/installation.js';
import { type ManifestParts, manifest, OPENMPI4, OPENMPI5 } from './support/manifest.js';
import { imageThatHoldsOn } from './support/mpirun-images.js';
import { alive, type Container, containersOf, type Process, processesIn } from './support/processes.js';
import { remains } from './support/remains.js';
import {
  SHARED_GRACE_S,
  type SharedInstallation,
  sharedInstallation,
} from './support/shared-installation.js';

const ONCE = ['sh', '-c', 'echo once'];
const ENDLESS = ['sh', '-c', 'echo started; exec sleep 1000'];
/** Ranks that do not end when they are asked to; the last word tells them from all other processes of the machine. */
const STUBBORN = ['sh', '-c', "trap '' TERM; while :; do sleep 1; done", `stubborn-${process.pid}`];
const TWO = { replicas: 2 };

describe('an edit of a manifest, on three nodes', function () {
  this.timeout(120_000);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('edits');
  });

  after(async () => mpiswarm.close());

  async function drop(name: string, parts: ManifestParts = {}): Promise<void> {
    await mpiswarm.drop(`${name}.yaml`, manifest(name, { workers: TWO, command: ENDLESS, ...parts }));
  }

  function started(name: string, number: number): Promise<JobRecord> {
    return mpiswarm.waitFor(`default/${name}`, ({ status }) => {
      const ranks = status.workers.every(worker => worker.ranks.length > 0);
      return status.phase === 'running' && status.runs.at(-1)?.number === number && ranks;
    });
  }

  async function edit(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await mpiswarm.cli(...argv, '--manifests', mpiswarm.manifests);
    expect({ code, stderr }, argv.join(' ')).to.deep.equal({ code: 0, stderr: '' });
    return stdout;
  }

  const described = async (name: string) => (await mpiswarm.cli('describe', name)).stdout;

  /** What the plan of the edited file says first. */
  async function planned(name: string, text?: string): Promise<string> {
    const file = `${name}.yaml`;
    if (text !== undefined) await mpiswarm.drop(`.${file}`, text);
    const path = join(mpiswarm.manifests, text === undefined ? file : `.${file}`);
    const { stdout } = await mpiswarm.cli('plan', path, '--manifests', mpiswarm.manifests);
    await mpiswarm.remove(`.${file}`);
    return stdout.split('\n').slice(1, 4).join('\n');
  }

  /** Containers take some seconds to end once their services are removed. */
  async function gone(processes: readonly Process[]): Promise<void> {
    await until('the end of every process', 30_000, async () => alive(processes).length === 0 || undefined);
  }

  const runIds = ({ status }: JobRecord): readonly string[] => status.runs.map(({ id }) => id);

  /** No rank is left alive, not even one that ignores SIGTERM. */
  async function endsCancelled(version: string, image: string): Promise<void> {
    const name = `stubborn-${version}`;
    await started(name, 1);
    const containers = await containersOf(`default/${name}`);
    const ranks = ranksIn(containers, STUBBORN.join(' '));
    const processes = processesIn(containers);
    expect(
      ranks.filter(({ command }) => command.startsWith('sh -c')),
      'one on each worker',
    ).to.have.length(2);
    const parts = { image, workers: TWO, command: STUBBORN };
    expect(await planned(name, manifest(name, { ...parts, spec: { runPolicy: { cancel: true } } }))).to.match(
      /^ {2}cancel: run 1 would be stopped\n.*cancel: .*true/,
    );
    await edit('cancel', name, '--wait');
    const { status } = await mpiswarm.waitDone(`default/${name}`);
    expect(status).to.include({ outcome: 'Cancelled', reason: 'CancelRequested' });
    expect(await remains(mpiswarm, `default/${name}`, []), 'all that it held').to.deep.equal([]);
    expect(alive(ranks), 'ranks, once the job is done').to.deep.equal([]);
    await gone(processes);
    expect(await described(name)).to.match(/Outcome: +Cancelled\n/);
    expect(await planned(name, manifest(name, parts))).to.match(
      /policy only: .*\n.*cancel: true → false\n +the job is finished: Cancelled/,
    );
  }

  describe('of a job that runs', () => {
    before(async () => {
      await drop('edited');
      await drop('paused');
      await drop('stubborn-5', { command: STUBBORN });
      await drop('removed');
    });

    it('to its spec stops and removes the running attempt, and starts a new run', async () => {
      const before = await started('edited', 1);
      const old = await containersOf('default/edited');
      const ranks = ranksIn(old, 'sleep 1000');
      const text = manifest('edited', { workers: TWO, command: ['sh', '-c', 'echo other; exec sleep 1001'] });
      expect(await planned('edited', text)).to.match(
        /^ {2}new run: run 1 would be stopped, run 2 started\n {2}changes {2}spec\.command: .*\n {2}run 1 is stopped because generation 2/,
      );
      await mpiswarm.drop('edited.yaml', text);
      const record = await started('edited', 2);
      expect([before.generation, record.generation, record.status.observedGeneration]).to.deep.equal([
        1, 2, 2,
      ]);
      expect(record.status.runs.map(run => [run.generation, run.reason])).to.deep.equal([
        [1, 'Superseded'],
        [2, undefined],
      ]);
      const now = await containersOf('default/edited');
      expect(now).to.have.length(3);
      expect(now.filter(({ id }) => old.some(one => one.id === id))).to.deep.equal([]);
      expect(alive(ranks), 'ranks of the old run').to.deep.equal([]);
      expect(ranksIn(now, 'sleep 1001')).to.have.length(2);
      const words = await described('edited');
      expect(words).to.match(/Generation: +2 /);
      expect(words).to.match(/1 +1 +Cancelled .* Superseded: generation 2 replaces it/);
      expect(words).to.match(/Normal +ManifestChanged +\S+ +generation 2: spec\.command changed/);
      expect((await mpiswarm.cli('logs', '--run', '1', 'edited')).stdout).to.equal('started\nstarted\n');
    });

    it('that suspends it stops and keeps it, and one that resumes it starts it again', async () => {
      await started('paused', 1);
      const old = await containersOf('default/paused');
      const ranks = ranksIn(old, 'sleep 1000');
      const suspended = { workers: TWO, command: ENDLESS, spec: { runPolicy: { suspend: true } } };
      expect(await planned('paused', manifest('paused', suspended))).to.match(
        /^ {2}suspend: run 1 would be stopped\n.*suspend: .*true/,
      );
      expect(await edit('suspend', 'paused', '--wait')).to.match(
        /^mpijob default\/paused suspend requested in .*paused\.yaml:\d+\n$/,
      );
      expect(await remains(mpiswarm, 'default/paused', []), 'services, secrets and configs').to.deep.equal(
        [],
      );
      await gone(ranks);
      const { status, generation } = await mpiswarm.waitFor(
        'default/paused',
        of => of.status.phase === 'pending',
      );
      expect({ generation, reason: status.reason, outcome: status.outcome }).to.deep.equal({
        generation: 1,
        reason: 'Suspended',
        outcome: undefined,
      });
      const words = await described('paused');
      expect(words).to.match(/Reason: +Suspended\nMessage: +spec\.runPolicy\.suspend is true/);
      expect(words).to.match(/Suspended +True/);
      expect(await planned('paused', manifest('paused', { workers: TWO, command: ENDLESS }))).to.match(
        /^ {2}resume: run 2 would be started\n/,
      );
      await edit('resume', 'paused', '--wait');
      const record = await started('paused', 2);
      expect(record.status.runs.map(run => run.reason)).to.deep.equal(['Suspended', undefined]);
      expect(ranksIn(await containersOf('default/paused'), 'sleep 1000')).to.have.length(2);
    });

    it('that cancels it ends it as Cancelled, and leaves no rank alive, not even one that ignores SIGTERM', () =>
      endsCancelled('5', OPENMPI5));

    it('that removes its manifest cancels it and removes all its parts', async () => {
      const record = await started('removed', 1);
      const containers = await containersOf('default/removed');
      const processes = processesIn(containers);
      // A checkout in which it is gone already
      const checkout = join(mpiswarm.folder, 'checkout');
      const there = join(checkout, basename(mpiswarm.manifests), 'removed.yaml');
      await mkdir(dirname(there), { recursive: true });
      const plan = await mpiswarm.cli('plan', there, '--manifests', checkout);
      expect(plan.stdout).to.match(/\n {2}delete: run 1 would be stopped, everything of the job removed\n/);
      expect(await edit('delete', 'removed', '--wait')).to.match(
        /deleted from .*removed\.yaml, which held nothing else\n$/,
      );
      expect(await mpiswarm.job('default/removed')).to.equal(undefined);
      expect(await remains(mpiswarm, 'default/removed', runIds(record))).to.deep.equal([]);
      await gone(processes);
      const { code, stderr } = await mpiswarm.cli('describe', 'removed');
      expect({ code, words: stderr.includes('no job default/removed') }).to.deep.equal({
        code: 1,
        words: true,
      });
    });
  });

  describe('in other cases @full', () => {
    before(async () => {
      const docker = engineClient(DOCKER);
      const { Name: hostname } = await docker.info();
      const placement = { constraints: [`node.hostname==${hostname}`] };
      const holdsOn = await imageThatHoldsOn(docker, OPENMPI5);
      await drop('policy');
      await drop('stubborn-4', { image: OPENMPI4, command: STUBBORN });
      await drop('holds-on', { image: holdsOn, workers: { ...TWO, placement }, command: STUBBORN });
      await drop('again');
      await drop('twice', { command: ONCE });
    });

    it('is applied in place and restarts nothing if only policy changes', async () => {
      await started('policy', 1);
      const before = await containersOf('default/policy');
      const parts = { workers: TWO, command: ENDLESS };
      const text = manifest('policy', {
        ...parts,
        spec: { runPolicy: { ttlSecondsAfterFinished: 600, backoffLimit: 2 } },
      });
      expect(await planned('policy', text)).to.match(
        /^ {2}policy only: applied in place, restarts nothing\n/,
      );
      await mpiswarm.drop('policy.yaml', text);
      const record = await mpiswarm.waitFor(
        'default/policy',
        of => of.manifest.spec.runPolicy.backoffLimit === 2,
      );
      await mpiswarm.caughtUp();
      expect(await containersOf('default/policy')).to.deep.equal(before);
      expect(record.generation).to.equal(1);
      const { phase, runs } = (await mpiswarm.job('default/policy'))?.status ?? {};
      expect({ phase, runs: runs?.map(run => run.outcome) }).to.deep.equal({
        phase: 'running',
        runs: [undefined],
      });
      expect(await described('policy')).to.match(
        /PolicyChanged .* spec\.runPolicy\.backoffLimit and spec\.runPolicy\.ttlSecondsAfterFinished changed/,
      );
    });

    it('that cancels the job leaves no rank of Open MPI 4.1 alive either', () =>
      endsCancelled('4', OPENMPI4));

    it('that cancels the job sends mpirun SIGTERM, and SIGKILL after the grace time', async () => {
      await started('holds-on', 1);
      const containers = await containersOf('default/holds-on');
      const ranks = processesIn(containers);
      await edit('cancel', 'holds-on', '--wait');
      const { status } = await mpiswarm.waitDone('default/holds-on');
      const run = status.runs[0];
      expect(run).to.include({
        outcome: 'Cancelled',
        reason: 'CancelRequested',
        exitCode: 137,
        stopping: 'cancelled',
      });
      expect((await mpiswarm.cli('logs', 'holds-on')).stdout).to.contain('mpirun was asked to end');
      const asked = status.events.find(({ reason }) => reason === 'Stopping')?.at ?? 0;
      const took = (run?.endedAt ?? 0) - asked;
      expect(took, 'from SIGTERM to the end').to.be.within(
        SHARED_GRACE_S * 1_000 - 100,
        SHARED_GRACE_S * 1_000 + 5_000,
      );
      await gone(ranks);
      expect(await described('holds-on')).to.match(
        /Stopping .* run 1: stopping mpirun: spec\.runPolicy\.cancel is true/,
      );
    });

    it('that requests a rerun starts a new run of the same spec, for a running, a finished and a cancelled job', async () => {
      await started('again', 1);
      const again = (name: string, command: readonly string[]) =>
        manifest(name, { workers: TWO, command, spec: { runPolicy: { rerun: 'soon' } } });
      expect(await planned('again', again('again', ENDLESS))).to.match(
        /^ {2}rerun: run 1 would be stopped, run 2 started\n/,
      );
      const words = await edit('rerun', 'again', '--wait');
      expect(words).to.match(/^mpijob default\/again rerun requested in /);
      const second = await started('again', 2);
      expect(second.generation).to.equal(2);
      expect(await described('again')).to.match(
        /RerunRequested .* generation 2: spec\.runPolicy\.rerun changed/,
      );
      await edit('cancel', 'again', '--wait');
      expect(await edit('rerun', 'again', '--wait')).to.match(/rerun requested in .*, cancel lifted\n$/);
      expect((await started('again', 3)).status.outcome).to.equal(undefined);

      await mpiswarm.waitDone('default/twice');
      expect(await planned('twice', again('twice', ONCE))).to.match(/^ {2}rerun: run 2 would be started\n/);
      await edit('rerun', 'twice', '--wait');
      const record = await mpiswarm.waitDone('default/twice');
      expect(record.status.runs.map(run => [run.number, run.generation, run.outcome])).to.deep.equal([
        [1, 1, 'Succeeded'],
        [2, 2, 'Succeeded'],
      ]);
      for (const run of ['1', '2']) {
        expect((await mpiswarm.cli('logs', '--run', run, 'twice')).stdout, `run ${run}`).to.equal(
          'once\nonce\n',
        );
      }
    });

    it('by the command line is only printed if the file is under Git or cannot be written', async () => {
      const spec = { runPolicy: { suspend: true } };
      const [tracked, locked] = [join(mpiswarm.manifests, 'tracked'), join(mpiswarm.manifests, 'locked')];
      for (const folder of [tracked, locked]) {
        await mkdir(folder);
        const name = basename(folder);
        await writeFile(join(folder, `${name}.yaml`), manifest(name, { spec }));
      }
      const git = (...argv: readonly string[]) => execFileSync('git', ['-C', tracked, ...argv]).toString();
      git('init', '--quiet');
      git('add', '.');
      execFileSync('mount', ['--bind', locked, locked]);
      try {
        execFileSync('mount', ['-o', 'remount,bind,ro', locked]);
        for (const [name, why] of [
          ['tracked', /it is under Git \(.*\.git\); make this edit in the repository and commit it/],
          ['locked', /it cannot be written here: .*; make this edit where it can be/],
        ] as const) {
          const key = `default/${name}`;
          const before = await mpiswarm.waitFor(key, ({ status }) => status.reason === 'Suspended');
          for (const [verb, line] of [
            ['cancel', /^\+ +cancel: true$/m],
            ['resume', /^\+ +suspend: false$/m],
            ['delete', /^-kind: MPIJob$/m],
          ] as const) {
            const { code, stdout, stderr } = await mpiswarm.cli(
              verb,
              name,
              '--manifests',
              mpiswarm.manifests,
            );
            expect(code, stderr).to.equal(3);
            expect(stdout, verb).to.match(line);
            expect(stderr).to.match(why);
          }
          const file = join(mpiswarm.manifests, name, `${name}.yaml`);
          expect(await readFile(file, 'utf8')).to.equal(manifest(name, { spec }));
          expect((await mpiswarm.job(key))?.manifest).to.deep.equal(before.manifest);
        }
        expect(git('diff'), 'of the tracked file').to.equal('');
      } finally {
        execFileSync('umount', ['--lazy', locked]);
      }
    });

    it('by the command line changes nothing else in the file', async () => {
      const before = `# kept\n${manifest('kept', { spec: { runPolicy: { suspend: true } } })}# the end\n`;
      await mpiswarm.drop('kept.yaml', before);
      await edit('cancel', 'kept', '--wait');
      const after = await readFile(join(mpiswarm.manifests, 'kept.yaml'), 'utf8');
      expect(after).to.equal(before.replace('    suspend: true\n', '    suspend: true\n    cancel: true\n'));
      expect((await mpiswarm.job('default/kept'))?.status).to.include({ outcome: 'Cancelled' });
    });
  });
});

/** The ranks themselves, and not what hands their command on. */
function ranksIn(containers: readonly Container[], words: string): readonly Process[] {
  return processesIn(containers).filter(({ command }) => command.startsWith(words));
}
