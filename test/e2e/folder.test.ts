import { execFileSync } from 'node:child_process';
import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { ControllerProcess } from './support/controller-process.js';
import { DOCKER, TestInstallation, until } from './support/installation.js';
import { manifest } from './support/manifest.js';

const endless = { workers: { replicas: 2 }, command: ['sleep', '600'] };
const RING = 'default/ring';
/** A manifest that is gone for longer than two seconds is removed, in a folder that is there. */
const DOUBTED_MS = 4_000;

describe('a manifest folder that is fed by a sync @full', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await rm(mpiswarm.manifests, { recursive: true });
    await revision(1, { 'ring.yaml': manifest('ring', endless) });
    await symlink('rev1', mpiswarm.manifests);
    await mpiswarm.start();
    await running(RING);
  });

  after(async () => mpiswarm.destroy());

  /** A checkout beside the others. */
  async function revision(number: number, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [file, text] of Object.entries(files)) {
      const path = join(mpiswarm.folder, `rev${number}`, file);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
    }
  }

  async function turn(number: number): Promise<void> {
    await symlink(`rev${number}`, `${mpiswarm.manifests}.new`);
    await rename(`${mpiswarm.manifests}.new`, mpiswarm.manifests);
  }

  function running(key: string): Promise<JobRecord> {
    return mpiswarm.waitFor(key, ({ status }) => status.phase === 'running');
  }

  it('keeps a job running when the link turns to a revision where its file has moved', async () => {
    const before = await running(RING);
    await revision(2, { 'team/ring.yaml': `# moved\n${manifest('ring', endless)}` });
    await turn(2);
    const after = await mpiswarm.waitFor(RING, ({ source }) => source === 'team/ring.yaml:2');
    await mpiswarm.caughtUp();
    expect(starts(await running(RING))).to.deep.equal(starts(before));
    expect(after.uid).to.equal(before.uid);
    const described = (await mpiswarm.cli('describe', 'ring')).stdout;
    expect(described)
      .to.match(/^Manifest: +team\/ring\.yaml:2$/m)
      .and.match(/^Generation: +1 /m);
    expect(described)
      .to.match(/^ {2}1 +1 +open /m)
      .and.not.match(/^ {2}2 +\d+ +open /m);
  });

  it('restarts it once when the link turns to a revision that changes it', async () => {
    const edited = { ...endless, command: ['sleep', '601'] };
    await revision(3, { 'team/ring.yaml': manifest('ring', edited) });
    await turn(3);
    const { status, generation } = await mpiswarm.waitFor(
      RING,
      one => one.generation === 2 && one.status.phase === 'running' && one.status.runs.length === 2,
    );
    expect([generation, status.runs.map(run => run.generation)]).to.deep.equal([2, [1, 2]]);
  });

  it('does not run half of a slowly written manifest, and then runs all of it once', async () => {
    const text = manifest('slow', { ...endless, command: ['sleep'], spec: { args: ['600'] } });
    const cut = text.indexOf('  args:');
    const file = await open(join(mpiswarm.manifests, 'slow.yaml'), 'w');
    for (const [from, to] of [
      [0, 40],
      [40, cut],
      [cut, text.length],
    ] as const) {
      await file.write(text.slice(from, to));
      await sleep(100);
    }
    await file.close();
    const { status, generation } = await running('default/slow');
    expect([generation, status.runs.length]).to.deep.equal([1, 1]);
    expect(mpiswarm.log).to.not.contain('slow.yaml:');
    const described = (await mpiswarm.cli('describe', 'slow')).stdout;
    expect(described)
      .to.match(/^Generation: +1 /m)
      .and.match(/ManifestValid +True +Valid/);
    expect(described)
      .to.match(/^Phase: +running$/m)
      .and.not.match(/ManifestChanged/);
  });

  it('uses the first of two files that define a job, names both, and edits the job when the first is removed', async () => {
    const twice = manifest('ring', { ...endless, command: ['sleep', '602'] });
    await mpiswarm.drop('zz.yaml', twice);
    const { status, uid } = await mpiswarm.waitFor(RING, one => condition(one).reason === 'DefinedTwice');
    expect(status.conditions.find(({ type }) => type === 'ManifestValid')).to.include({ status: 'True' });
    const { stdout } = await mpiswarm.cli('describe', 'ring');
    expect(stdout).to.contain('using team/ring.yaml:1, ignoring zz.yaml:1');
    await until('the log', 5_000, async () =>
      mpiswarm.log.includes('job default/ring is already defined at team/ring.yaml') ? true : undefined,
    );
    await mpiswarm.remove('team/ring.yaml');
    const edited = await mpiswarm.waitFor(
      RING,
      one => one.generation === 3 && one.status.phase === 'running',
    );
    expect([edited.uid, edited.source]).to.deep.equal([uid, 'zz.yaml:1']);
  });
});

describe('a manifest folder that is suddenly empty @full', function () {
  this.timeout(240_000);
  let mpiswarm: TestInstallation;

  before(async () => {
    mpiswarm = await TestInstallation.create();
  });

  after(async () => {
    await unmount();
    await mpiswarm.destroy();
  });

  async function unmount(): Promise<void> {
    try {
      execFileSync('umount', ['--lazy', mpiswarm.manifests], { stdio: 'ignore' });
    } catch {
      // It is not mounted
    }
  }

  it('keeps its job running if the file system was unmounted, says so, and goes on when it is back', async () => {
    const disk = join(mpiswarm.folder, 'disk');
    await mkdir(disk);
    await writeFile(join(disk, 'ring.yaml'), manifest('ring', endless));
    execFileSync('mount', ['-t', 'tmpfs', 'mpiswarm-test', mpiswarm.manifests]);
    await writeFile(join(mpiswarm.manifests, 'ring.yaml'), manifest('ring', endless));
    await mpiswarm.start();
    const before = await mpiswarm.waitFor(RING, ({ status }) => status.phase === 'running');
    await unmount();
    await mpiswarm.waitFor(RING, one => condition(one).reason === 'FolderUnmounted');
    // As long as a missing manifest is doubted; that it is kept for any time is seen in test/loop/empty-folder.test.ts
    await sleep(DOUBTED_MS);
    const still = await mpiswarm.waitFor(RING, ({ status }) => status.phase === 'running');
    expect(starts(still)).to.deep.equal(starts(before));
    expect((await mpiswarm.cli('describe', 'ring')).stdout)
      .to.match(
        /ManifestValid +Unknown +FolderUnmounted +\S+ +the manifest folder is empty and now on a different/,
      )
      .and.match(/Warning +FolderUnmounted/);
    expect((await mpiswarm.cli('get')).stderr).to.contain(
      'warning: default/ring: the manifest folder is empty',
    );
    execFileSync('mount', ['--bind', disk, mpiswarm.manifests]);
    const after = await mpiswarm.waitFor(RING, one => condition(one).reason === 'Valid');
    expect(starts(after)).to.deep.equal(starts(before));
    await unmount();
    await mpiswarm.drop('ring.yaml', manifest('ring', endless));
    await mpiswarm.waitFor(RING, one => condition(one).reason === 'Valid');
  });

  it('keeps its job when a controller starts on it, and says until when', async () => {
    await mpiswarm.waitFor(RING, one => condition(one).reason === 'Valid');
    await mpiswarm.stop('SIGKILL');
    await mpiswarm.remove('ring.yaml');
    await mpiswarm.start();
    const record = await mpiswarm.waitFor(RING, one => condition(one).reason === 'FolderEmpty');
    expect(record.status.phase).to.equal('running');
    expect(condition(record).message).to.match(/keeping the job until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
    await sleep(DOUBTED_MS);
    expect((await mpiswarm.job(RING))?.status.phase).to.equal('running');
    const described = (await mpiswarm.cli('describe', 'ring')).stdout;
    expect(described)
      .to.match(/ManifestValid +Unknown +FolderEmpty/)
      .and.to.match(/Warning +FolderEmpty/);
    expect(mpiswarm.log).to.contain('default/ring the manifest folder is empty; keeping the job until');
  });

  it('removes its job with all its parts if the settings allow that', async () => {
    await mpiswarm.stop();
    await mpiswarm.start(['--allow-prune-all']);
    await until('removed', 60_000, async () => ((await mpiswarm.job(RING)) ? undefined : true));
    const label = [`${LABEL.job}=${RING}`];
    const docker = engineClient(DOCKER);
    expect(await docker.listServices({ filters: { label } })).to.deep.equal([]);
    expect(await docker.listSecrets({ filters: { label } })).to.deep.equal([]);
  });
});

describe('a manifest folder without an inotify watch left @full', function () {
  this.timeout(120_000);
  let mpiswarm: TestInstallation;
  let controller: ControllerProcess | undefined;

  before(async () => {
    mpiswarm = await TestInstallation.create();
  });

  after(async () => {
    await controller?.kill();
    // It may not have said goodbye to ZooKeeper
    await mpiswarm.destroy(['--all']);
  });

  it('is polled, says so, and starts, edits and removes jobs all the same', async () => {
    const team = join(mpiswarm.manifests, 'a', 'b', 'team');
    await mkdir(team, { recursive: true });
    const ring = join(team, 'ring.yaml');
    // The folder must not be empty when the other has gone
    await mpiswarm.drop(
      'kept.yaml',
      manifest('kept', { ...endless, spec: { runPolicy: { suspend: true } } }),
    );
    controller = await ControllerProcess.start(mpiswarm, 2);
    const said = `manifest folder ${mpiswarm.manifests} cannot be watched, so it is polled: no inotify watch is left`;
    await controller.says(said, 30_000);
    await writeFile(ring, manifest('ring', endless));
    await mpiswarm.waitFor(RING, ({ status }) => status.phase === 'running');
    await writeFile(ring, manifest('ring', { ...endless, command: ['sleep', '601'] }));
    await mpiswarm.waitFor(RING, ({ status }) => status.phase === 'running' && status.runs.length === 2);
    await rm(ring);
    await mpiswarm.waitGone(RING);
  });
});

/** Each run's start: a run that goes on has the same. */
function starts({ status }: JobRecord): readonly string[] {
  return status.runs.map(run => `${run.id} ${run.startedAt} ${run.outcome}`);
}

function condition({ status }: JobRecord): { readonly reason: string; readonly message: string } {
  const valid = status.conditions.find(({ type }) => type === 'ManifestValid');
  return { reason: valid?.reason ?? '', message: valid?.message ?? '' };
}
