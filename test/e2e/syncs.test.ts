import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { DOCKER, TestInstallation, until } from './support/installation.js';
import { manifest } from './support/manifest.js';

const TWO = { replicas: 2 };
const RING = 'default/ring';
const endless = (seconds: number) => ({ workers: TWO, command: ['sleep', String(seconds)] });
const MANY = 1_000;

/** The watched folder is reached by two links: `manifests` to `repo/jobs`, and `repo` to a revision beside it. */
describe('a sync of the manifest folder, while a job runs:', function () {
  this.timeout(180_000);
  let mpiswarm: TestInstallation;
  let ring: JobRecord;

  before(async () => {
    mpiswarm = await TestInstallation.create();
    await rm(mpiswarm.manifests, { recursive: true });
    await put('rev1/jobs/ring.yaml', manifest('ring', endless(600)));
    await turn('repo', 'rev1');
    await symlink('repo/jobs', mpiswarm.manifests);
    await mpiswarm.start();
    ring = await running(RING, 1);
  });

  after(async () => {
    unmount();
    await mpiswarm.destroy();
  });

  async function put(file: string, text: string): Promise<void> {
    const path = join(mpiswarm.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Makes or turns a link in one step. */
  async function turn(link: string, target: string): Promise<void> {
    const path = join(mpiswarm.folder, link);
    await symlink(target, `${path}.new`);
    await rename(`${path}.new`, path);
  }

  function running(key: string, runs: number): Promise<JobRecord> {
    return mpiswarm.waitFor(key, ({ status }) => status.phase === 'running' && status.runs.length === runs);
  }

  /** A job that waits to be resumed, so that only its manifest counts. */
  function waiting(name: string, seconds = 1): string {
    return manifest(name, { ...endless(seconds), spec: { runPolicy: { suspend: true } } });
  }

  const described = async (name: string) => (await mpiswarm.cli('describe', name)).stdout;

  async function untouched(): Promise<void> {
    const record = await mpiswarm.job(RING);
    expect(record?.status.phase).to.equal('running');
    expect(record?.status.runs.map(({ id, startedAt }) => [id, startedAt])).to.deep.equal(
      ring.status.runs.map(({ id, startedAt }) => [id, startedAt]),
    );
  }

  const share = () => join(mpiswarm.manifests, 'share');

  function unmount(): void {
    try {
      execFileSync('umount', ['--lazy', share()], { stdio: 'ignore' });
    } catch {
      // It is not mounted
    }
  }

  let isTurned = false;

  /** As git-sync does: the new revision beside the old one, the link turned, the old one removed. */
  async function toSecondRevision(): Promise<void> {
    if (isTurned) return;
    isTurned = true;
    await put('rev2/jobs/ring.yaml', `# the same\n${manifest('ring', endless(600))}`);
    await put('rev2/jobs/more.yaml', waiting('more'));
    await turn('repo', 'rev2');
    await rm(join(mpiswarm.folder, 'rev1'), { recursive: true });
    await mpiswarm.waitFor('default/more', ({ status }) => status.reason === 'Suspended');
    await mpiswarm.waitFor(RING, ({ source }) => source === 'ring.yaml:2');
  }

  it('a changed link above the folder, as with git-sync, brings new jobs and does not touch the running one', async () => {
    await toSecondRevision();
    await untouched();
    expect(await described('ring'))
      .to.match(/^Manifest: +ring\.yaml:2$/m)
      .and.match(/ManifestValid +True/);
  });

  describe('in other ways @full', () => {
    // Where the test above is not chosen
    before(toSecondRevision);

    it('a changed link named ..data, as in a ConfigMap, is one edit of its job', async () => {
      const at = (rev: number) => `rev2/jobs/..2026_0${rev}/config.yaml`;
      await put(at(1), manifest('config', endless(600)));
      await turn('rev2/jobs/..data', '..2026_01');
      await turn('rev2/jobs/config.yaml', '..data/config.yaml');
      await running('default/config', 1);
      await put(at(2), manifest('config', endless(601)));
      await turn('rev2/jobs/..data', '..2026_02');
      await rm(join(mpiswarm.manifests, '..2026_01'), { recursive: true });
      const { generation, status } = await running('default/config', 2);
      expect(generation).to.equal(2);
      expect(status.runs.map(({ reason }) => reason)).to.deep.equal(['Superseded', undefined]);
      expect(await described('config')).to.match(/ManifestChanged +\S+ +generation 2: spec\.command changed/);
      await rm(join(mpiswarm.manifests, 'config.yaml'));
      await mpiswarm.waitGone('default/config');
      await untouched();
    });

    it("an rsync transfer is one edit, even with the source's clock years behind or ahead", async () => {
      const past = new Date(Date.UTC(2001, 1, 3));
      const future = new Date(Date.UTC(2099, 1, 3));
      const source = join(mpiswarm.folder, 'source');
      const rsync = (...options: readonly string[]) =>
        execFileSync('rsync', ['--archive', ...options, `${source}/`, join(mpiswarm.manifests, 'synced/')]);
      for (const [generation, stamp, options] of [
        [1, past, []],
        [2, future, []],
        [3, past, ['--inplace', '--no-whole-file']],
      ] as const) {
        await put('source/synced.yaml', waiting('synced', generation));
        await utimes(join(source, 'synced.yaml'), stamp, stamp);
        rsync(...options);
        await mpiswarm.waitFor('default/synced', record => record.generation === generation);
      }
      await mpiswarm.caughtUp();
      const words = await described('synced');
      expect(words)
        .to.match(/^Generation: +3 \(observed 3\)$/m)
        .and.match(/ManifestValid +True/);
      expect(words.match(/ManifestChanged/g)).to.have.length(2);
      await rm(join(source, 'synced.yaml'));
      rsync('--delete');
      await mpiswarm.waitGone('default/synced');
      await untouched();
    });

    it('an unmounted subfolder keeps its job running and is reported, while other jobs come and go', async () => {
      const text = manifest('shared', endless(600));
      await mkdir(share());
      execFileSync('mount', ['-t', 'tmpfs', 'mpiswarm-test', share()]);
      await writeFile(join(share(), 'shared.yaml'), text);
      const before = await running('default/shared', 1);
      unmount();
      await mpiswarm.waitFor('default/shared', one => valid(one) === 'SubfolderUnmounted');
      await rm(join(mpiswarm.manifests, 'more.yaml'));
      await mpiswarm.waitGone('default/more');
      const words = await described('shared');
      expect(words).to.match(/^Phase: +running$/m);
      expect(words).to.match(
        /ManifestValid +Unknown +SubfolderUnmounted +\S+ +the folder share\/ .* keeping the job until/,
      );
      expect(words).to.match(/Warning +SubfolderUnmounted/);
      await writeFile(join(share(), 'shared.yaml'), text);
      const after = await mpiswarm.waitFor('default/shared', one => valid(one) === 'Valid');
      expect(after.status.runs.map(({ id }) => id)).to.deep.equal(before.status.runs.map(({ id }) => id));
      await untouched();
    });

    it(`${MANY} manifests that come and go together are ${MANY} jobs, and the running one goes on`, async () => {
      const names = Array.from({ length: MANY }, (_, i) => `many-${i}`);
      const folder = join(mpiswarm.manifests, 'many');
      await mkdir(folder);
      await Promise.all(names.map(name => writeFile(join(folder, `${name}.yaml`), waiting(name))));
      const seen = (count: number) =>
        until(`${count} jobs`, 60_000, async () => {
          const { jobs } = await mpiswarm.world();
          const found = [...jobs].filter(
            ([key, { record }]) => isMany(key) && record.status.reason === 'Suspended',
          );
          return found.length === count || undefined;
        });
      await seen(MANY);
      expect(await described('many-999')).to.match(/^Reason: +Suspended$/m);
      await rm(folder, { recursive: true });
      await seen(0);
      await untouched();
    });

    it('a suddenly emptied folder keeps its jobs for half a minute, says until when, and then removes them', async () => {
      for (const name of await readdir(mpiswarm.manifests))
        await rm(join(mpiswarm.manifests, name), { recursive: true });
      const doubted = await mpiswarm.waitFor(RING, one => valid(one) === 'FolderEmpty');
      const words = await described('ring');
      const kept = /keeping the job until (\S+Z) unless its manifest comes back/.exec(words)?.[1] ?? '';
      expect(words).to.match(/Warning +FolderEmpty/);
      expect(Date.parse(kept)).to.be.above(Date.now());
      await untouched();
      expect(doubted.status.outcome).to.equal(undefined);
      for (const key of [RING, 'default/shared', 'default/synced']) await mpiswarm.waitGone(key);
      expect(Date.now()).to.be.at.least(Date.parse(kept));
      const label = [`${LABEL.job}=${RING}`];
      expect(await engineClient(DOCKER).listServices({ filters: { label } })).to.deep.equal([]);
      const { code, stderr } = await mpiswarm.cli('describe', 'ring');
      expect([code, stderr.includes(`no job ${RING}`)]).to.deep.equal([1, true]);
    });
  });
});

function isMany(key: string): boolean {
  return key.startsWith('default/many-');
}

function valid({ status }: JobRecord): string | undefined {
  return status.conditions.find(({ type }) => type === 'ManifestValid')?.reason;
}
