import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { command } from '../../scripts/cluster/lib/command.js';
import { type Builder, startBuilder } from '../../scripts/images/builder.js';
import { CONTEXT } from '../../scripts/images/catalogue.js';
import { ensureBase } from '../../scripts/images/ensure.js';
import { machineApt } from '../../scripts/images/machine-apt.js';
import { startBoard } from '../../scripts/images/progress/board.js';
import { progress } from '../../scripts/images/progress.js';
import { expectNoWayIn, expectRing, MPIRUN } from './checks.js';
import { type Ended, run } from './container.js';

const HOUR = 3_600_000;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const IMAGE = 'mpiswarm-test/openmpi-source:1';

describe('the image openmpi-source @nightly', function () {
  this.timeout(4 * HOUR);
  let dir: string;
  let builder: Builder;
  let docker: Docker;
  let archive: Archive;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mpiswarm-openmpi-source-test-'));
    const apt = await machineApt();
    archive = await sourceArchive(join(dir, 'source'), apt.mirror.main);
    builder = await startBuilder(join(dir, 'engine'));
    docker = builder.docker;
    const board = startBoard({ say: console.log });
    await ensureBase(builder, 'bookworm', { dir, board }).finally(board.close);
    await makeContext(join(dir, 'context'), archive);
  });
  after(async () => {
    await builder?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function build(sha256: string): Promise<string> {
    const { proxy } = await machineApt();
    const answer = await docker.buildImage(
      { context: join(dir, 'context'), src: ['openmpi-source'] },
      {
        t: IMAGE,
        dockerfile: 'openmpi-source/Dockerfile',
        networkmode: 'host',
        forcerm: true,
        buildargs: { ...proxy, OPENMPI_VERSION: archive.version, OPENMPI_SHA256: sha256 },
      },
    );
    return progress(answer, { what: `build ${IMAGE}`, deadlineMs: 3 * HOUR });
  }

  const shell = (script: string): Promise<Ended> => run(docker, IMAGE, ['sh', '-e', '-c', script]);

  it('is not built from an archive whose checksum is not the one that was given', async () => {
    const error = await build('0'.repeat(64)).catch((problem: unknown) => String(problem));
    expect(error).to.include('FAILED');
  });

  it('is built as Twister2 built it, and runs the ring in Java', async () => {
    const started = performance.now();
    await build(archive.sha256);
    console.log(
      `built Open MPI ${archive.version} in ${Math.round((performance.now() - started) / 1_000)} s`,
    );
    const info = await shell(
      'ompi_info --path prefix --parsable; ompi_info | grep -i "configure command line"; mpirun --version | head -1',
    );
    expect(info.stdout).to.include('path:prefix:/openmpi-build');
    for (const flag of [
      '--enable-mpi-java',
      '--enable-mpirun-prefix-by-default',
      '--enable-orterun-prefix-by-default',
    ])
      expect(info.stdout).to.include(flag);
    expect(info.stdout).to.include(`mpirun (Open MPI) ${archive.version}`);
    const ring = await readFile(
      join(CONTEXT, 'openmpi-java/examples/dev/mpiswarm/examples/Ring.java'),
      'utf8',
    );
    const { code, stdout, stderr } = await shell(
      `cd /tmp; cat >Ring.java <<'END'\n${ring}\nEND\nmpijavac -d . Ring.java; ${MPIRUN.join(' ')} -np 4 java -cp /tmp dev.mpiswarm.examples.Ring`,
    );
    expect(stderr + code).to.equal('0');
    expectRing(stdout);
  });

  it('holds no source, no key, no password and no account that a password opens', async () => {
    await expectNoWayIn(docker, IMAGE);
    const left = await shell(
      'find / -xdev \\( -name "*.c" -path "*ompi*" -o -name "openmpi_*" -o -name "openmpi-*.tar*" \\) -print',
    );
    expect(left.stdout).to.equal('');
  });
});

interface Archive {
  readonly file: string;
  readonly version: string;
  /** Of the file, from the package's description, whose own checksum apt has compared with the signed index. */
  readonly sha256: string;
}

/** Downloads Debian's source archive of Open MPI by apt, with lists of its own. */
async function sourceArchive(dir: string, mirror: string): Promise<Archive> {
  await mkdir(join(dir, 'lists/partial'), { recursive: true });
  await writeFile(join(dir, 'sources.list'), `deb-src [signed-by=${KEYRING}] ${mirror} bookworm main\n`);
  const options = [
    `Dir::Etc::sourcelist=${dir}/sources.list`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${dir}/lists`,
  ];
  const apt = ['apt-get', '-q', ...options.flatMap(option => ['-o', option])];
  await command([...apt, 'update'], { deadlineMs: 300_000 });
  await command([...apt, 'source', '--download-only', 'openmpi'], { deadlineMs: 300_000, cwd: dir });
  const files = await readdir(dir);
  const file = files.find(name => name.includes('.orig.tar.')) ?? '';
  const description = await readFile(join(dir, files.find(name => name.endsWith('.dsc')) ?? ''), 'utf8');
  const sums = /^Checksums-Sha256:\n((?: .*\n)+)/m.exec(description)?.[1] ?? '';
  const sha256 =
    sums
      .split('\n')
      .find(line => line.endsWith(file))
      ?.trim()
      .split(' ')[0] ?? '';
  return { file: join(dir, file), version: /^openmpi_([\d.]+)\.orig/.exec(file)?.[1] ?? '', sha256 };
}

/** The build context, with the archive in its place. */
async function makeContext(dir: string, { file }: Archive): Promise<void> {
  const source = join(dir, 'openmpi-source');
  await mkdir(join(source, 'archive'), { recursive: true });
  for (const name of ['Dockerfile', 'javah', 'archive/README.md'])
    await copyFile(join(CONTEXT, 'openmpi-source', name), join(source, name));
  await copyFile(file, join(source, 'archive', file.slice(file.lastIndexOf('/') + 1)));
}
