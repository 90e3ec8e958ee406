import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { engineClient } from '../../controller/adapters/docker/engine.js';
import { LABEL } from '../../controller/core/model/names.js';
import type { JobRecord } from '../../controller/core/model/record.js';
import { archiveOf } from '../adapters/packages/sample-archive.js';
import { DOCKER, until } from './support/installation.js';
import { manifest } from './support/manifest.js';
import { type SharedInstallation, sharedInstallation } from './support/shared-installation.js';
import { type Ended, together } from './support/together.js';

const MINUTE = 60_000;
const AT = '/run/mpiswarm/job/package';

/** Says what is in a file beside it. */
const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")" && echo "$(hostname): $(cat words.txt)"
`;

describe('a job package on three nodes', function () {
  this.timeout(4 * MINUTE);
  let mpiswarm: SharedInstallation;

  before(async () => {
    mpiswarm = await sharedInstallation('package');
  });

  after(async () => mpiswarm.close());

  async function put(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const path = join(mpiswarm.manifests, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, mode);
  }

  async function putFolder(folder: string, words: string): Promise<void> {
    await put(`${folder}/say.sh`, SCRIPT, 0o755);
    await put(`${folder}/words.txt`, words);
  }

  interface Job {
    readonly package: string;
    readonly command?: readonly string[];
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly workers?: Readonly<Record<string, unknown>>;
  }

  const job = (name: string, { package: path, command = [`${AT}/say.sh`], spec, workers }: Job) =>
    manifest(name, {
      command,
      workers: { replicas: 3, maxPerNode: 1, ...workers },
      spec: { package: path, ...spec },
    });

  /** What the ranks of the job's last run said, without their hosts. */
  async function said(name: string): Promise<readonly string[]> {
    return sayings(await mpiswarm.waitDone(`default/${name}`));
  }

  async function sayings({ status }: JobRecord): Promise<readonly string[]> {
    expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
    const output = await mpiswarm.output(status.runs.at(-1)?.id ?? '');
    return output
      .trim()
      .split('\n')
      .map(line => line.replace(/^[^:]*: /, ''));
  }

  it('is in every container when it is a folder', async () => {
    await putFolder('folder-app', 'from a folder');
    await mpiswarm.drop('folder.yaml', job('folder', { package: 'folder-app' }));
    expect(await said('folder')).to.deep.equal(Array(3).fill('from a folder'));
  });

  describe('in other cases @full', () => {
    let ended: Ended;

    before(async () => {
      const archive = await archiveOf(
        [{ name: './say.sh', mode: 0o755 }, SCRIPT],
        [{ name: './words.txt', mode: 0o600, uid: 12_345 }, 'from an archive'],
      );
      await put('app.tar.gz', gzipSync(archive));
      await put('alone.sh', '#!/bin/sh\necho "host: from a file"\n', 0o755);
      const worker0 = {
        spec: { launcher: { mode: 'Worker0' } },
        workers: { replicas: 2, user: 'mpi', maxPerNode: undefined },
      };
      ended = together(mpiswarm, {
        archive: job('archive', { package: 'app.tar.gz', ...worker0 }),
        file: job('file', { package: 'alone.sh', command: [`${AT}/alone.sh`] }),
      });
    });

    it('is unpacked when it is a tar archive, also for a user other than root and with worker 0 as launcher', async () => {
      expect(await sayings(await ended('archive'))).to.deep.equal(Array(2).fill('from an archive'));
    });

    it('is a folder with one file when it is a file', async () => {
      expect(await sayings(await ended('file'))).to.deep.equal(Array(3).fill('from a file'));
    });

    it('may have the same name as another job’s, and both jobs run at once, each with its own', async () => {
      const names = ['left', 'right'];
      for (const name of names) await putFolder(`${name}/app`, `of ${name}`);
      await Promise.all(
        names.map(name => put(`${name}/job.yaml`, job(name, { package: 'app', workers: { replicas: 2 } }))),
      );
      for (const name of names) expect(await said(name)).to.deep.equal(Array(2).fill(`of ${name}`));
    });

    it('runs the job again when it changes on disk', async () => {
      await putFolder('edited-app', 'at first');
      await mpiswarm.drop('edited-package.yaml', job('edited-package', { package: 'edited-app' }));
      expect(await said('edited-package')).to.deep.equal(Array(3).fill('at first'));
      await put('edited-app/words.txt', 'changed');
      await mpiswarm.waitFor('default/edited-package', ({ generation }) => generation === 2);
      expect(await said('edited-package')).to.deep.equal(Array(3).fill('changed'));
      const { status } = await mpiswarm.waitDone('default/edited-package');
      expect(status.runs.map(({ generation }) => generation)).to.deep.equal([1, 2]);
    });

    it('keeps its job waiting while it is corrupt, and the job runs once it is fixed', async () => {
      const archive = gzipSync(await archiveOf([{ name: 'say.sh', mode: 0o755 }, SCRIPT.repeat(500)]));
      await put('corrupt.tgz', archive.subarray(0, archive.length - 20));
      await mpiswarm.drop('corrupt.yaml', job('corrupt', { package: 'corrupt.tgz' }));
      const waits = await mpiswarm.waitFor('default/corrupt', ({ status }) => status.waitingOn.length > 0);
      expect(waits.status.waitingOn.map(({ reason, message }) => [reason, message])).to.deep.equal([
        ['PackageUnavailable', 'package corrupt.tgz: it is truncated'],
      ]);
      expect(waits.status.runs).to.deep.equal([]);
      const whole = await archiveOf(
        [{ name: 'say.sh', mode: 0o755 }, SCRIPT],
        [{ name: 'words.txt' }, 'mended'],
      );
      await put('corrupt.tgz', gzipSync(whole));
      expect(await said('corrupt')).to.deep.equal(Array(3).fill('mended'));
    });

    it('keeps its job waiting while it is missing, without a retry', async () => {
      await mpiswarm.drop('no-package.yaml', job('no-package', { package: 'late' }));
      const waits = await mpiswarm.waitFor('default/no-package', ({ status }) => status.waitingOn.length > 0);
      expect(waits.status.waitingOn[0]?.message).to.equal('package late: it does not exist');
      const described = await mpiswarm.cli('describe', 'no-package');
      expect(described.stdout).to.include('package late: it does not exist');
      await putFolder('late-draft', 'late');
      await rename(join(mpiswarm.manifests, 'late-draft'), join(mpiswarm.manifests, 'late'));
      expect(await said('no-package')).to.deep.equal(Array(3).fill('late'));
    });

    it('arrives complete when it is 200 MB', async () => {
      const block = randomBytes(1_000_000);
      const folder = join(mpiswarm.manifests, 'large');
      await mkdir(folder);
      const file = await open(join(folder, 'data.bin'), 'w');
      for (let megabyte = 0; megabyte < 200; megabyte += 1) await file.write(block);
      await file.close();
      const digest = createHash('sha256')
        .update(await readFile(join(folder, 'data.bin')))
        .digest('hex');
      const command = ['sh', '-c', `sha256sum ${AT}/data.bin`];
      await mpiswarm.drop('large.yaml', job('large', { package: 'large', command }));
      const { status } = await mpiswarm.waitDone('default/large', 3 * MINUTE);
      expect(status.outcome, JSON.stringify(status)).to.equal('Succeeded');
      const run = status.runs[0];
      expect(await mpiswarm.output(run?.id ?? '')).to.equal(`${digest}  ${AT}/data.bin\n`.repeat(3));
      const seconds = (from = 0, to = 0) => ((to - from) / 1_000).toFixed(1);
      const { imaged, networked } = run?.phases ?? {};
      console.log(
        `      200 MB to four containers: ${seconds(run?.createdAt, networked)} s until it is served, ` +
          `${seconds(networked ?? imaged, run?.phases['ssh-ready'])} s from there until SSH`,
      );
      await rm(folder, { recursive: true });
    });

    it('is no longer served once its job has it', async () => {
      const docker = engineClient(DOCKER);
      await until('nothing serves a package', 60_000, async () => {
        const left = await docker.listContainers({
          all: true,
          filters: { label: [`${LABEL.part}=package`] },
        });
        return left.length === 0 || undefined;
      });
    });
  });
});
