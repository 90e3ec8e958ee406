import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';
import { readManifestPaths } from '../../../controller/adapters/manifests/paths.js';
import { PackageMemory } from '../../../controller/adapters/packages/package-cache.js';
import type { ManifestJob, ManifestSet } from '../../../controller/api/manifest/manifests.js';

const MANIFEST = JSON.stringify({
  apiVersion: 'mpiswarm.dev/v1',
  kind: 'MPIJob',
  metadata: { name: 'ring' },
  spec: { image: 'ring:1', workers: { replicas: 2 }, command: ['ring'], package: 'app' },
});

describe('the package of a job in the folder', () => {
  let root: string;
  let now: number;
  let folder: ManifestFolder;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-packages-'));
    mkdirSync(join(root, 'app'));
    writeFileSync(join(root, 'app/a'), 'one');
    writeFileSync(join(root, 'ring.json'), MANIFEST);
    now = 0;
    folder = new ManifestFolder(root, { now: () => now });
  });

  afterEach(async () => {
    await folder.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function look(ms = 0): Promise<ManifestSet> {
    now += ms;
    return folder.read();
  }

  function jobOf({ jobs }: ManifestSet): ManifestJob {
    const [job] = jobs;
    if (!job) throw new Error('there is no job');
    return job;
  }

  const stateOf = (set: ManifestSet) => jobOf(set).package?.state;

  /** Once what is read in the background is read. */
  async function settled(): Promise<ManifestJob> {
    await look();
    await look(200);
    await look(1_000);
    for (let tries = 0; ; tries += 1) {
      const job = jobOf(await look());
      if (job.package?.state !== 'unsettled') return job;
      if (tries > 200) throw new Error('it does not settle');
      await sleep(10);
    }
  }

  const digest = ({ package: found }: ManifestJob) =>
    found?.state === 'ready' ? found.content.sha256 : found?.state;

  it('counts once it has been the same for a second, and was read', async () => {
    await look();
    expect(stateOf(await look(200))).to.equal('unsettled');
    expect(stateOf(await look(900))).to.equal('unsettled');
    expect(digest(await settled())).to.match(/^[0-9a-f]{64}$/);
  });

  it('wakes when it was read', async () => {
    const set = await look();
    let wakes = 0;
    const memory = new PackageMemory(
      () => now,
      () => {
        wakes += 1;
      },
    );
    const { jobs } = await look(200);
    expect((await memory.recall(root, { ...set, jobs })).againMs).to.equal(1_000);
    now += 1_000;
    expect((await memory.recall(root, { ...set, jobs })).againMs).to.equal(undefined);
    for (let tries = 0; wakes === 0 && tries < 200; tries += 1) await sleep(10);
    expect(wakes).to.equal(1);
    const [job] = (await memory.recall(root, { ...set, jobs })).set.jobs;
    expect(job?.package?.state).to.equal('ready');
  });

  it('does not count while it is written, however slowly', async () => {
    await look();
    await look(200);
    for (let part = 0; part < 5; part += 1) {
      appendFileSync(join(root, 'app/a'), 'more');
      expect(stateOf(await look(900))).to.equal('unsettled');
    }
    expect(digest(await settled())).to.match(/^[0-9a-f]{64}$/);
  });

  it('is the same job, as an object too, for as long as nothing changes, and another one when its package does', async () => {
    const first = await settled();
    expect(jobOf(await look(5_000))).to.equal(first);
    writeFileSync(join(root, 'app/a'), 'two');
    const second = await settled();
    expect(digest(second)).not.to.equal(digest(first));
    expect(second.manifest).to.equal(first.manifest);
  });

  it('is distinguished from another of the same length with time stamps of whole seconds', async () => {
    const stamp = () => utimesSync(join(root, 'app/a'), 1_000, 1_000);
    stamp();
    const first = await settled();
    writeFileSync(join(root, 'app/a'), 'two');
    stamp();
    expect(digest(await settled())).not.to.equal(digest(first));
  });

  it('that is missing counts as missing after a second, and is reported at the job', async () => {
    rmSync(join(root, 'app'), { recursive: true });
    await look();
    expect(stateOf(await look(200))).to.equal('unsettled');
    const set = await look(1_000);
    expect(jobOf(set).package).to.deep.equal({
      state: 'unusable',
      message: 'package app: it does not exist',
    });
    expect(set.problems).to.deep.equal([
      {
        file: 'ring.json',
        line: 1,
        column: 1,
        message: 'package app: it does not exist',
        path: 'spec.package',
        job: 'default/ring',
      },
    ]);
  });

  it('is looked at by commands too, at once', async () => {
    const path = join(root, 'ring.json');
    expect(digest(jobOf(await readManifestPaths([path])))).to.match(/^[0-9a-f]{64}$/);
    rmSync(join(root, 'app'), { recursive: true });
    const { problems } = await readManifestPaths([path]);
    expect(problems.map(({ message }) => message)).to.deep.equal(['package app: it does not exist']);
  });
});
