import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { command } from '../../scripts/cluster/lib/command.js';
import { installPackages, missingPackages } from '../../scripts/cluster/packages.js';
import { adaptedBase } from '../../scripts/images/adapt.js';
import { RECIPE_LABEL, runBuild } from '../../scripts/images/build.js';
import { type Builder, startBuilder } from '../../scripts/images/builder.js';
import { baseRef, contentKey, imageRef, recipes } from '../../scripts/images/catalogue.js';
import { ensureBase } from '../../scripts/images/ensure.js';
import { imagesOnEngine } from '../../scripts/images/on-engine.js';
import { startBoard } from '../../scripts/images/progress/board.js';
import { run } from './container.js';

const BASE = 'mpiswarm-test/busybox:1';
const REF = 'mpiswarm-test/built:1';
const STAGES = `FROM ${BASE} AS build
RUN echo built >/result
FROM ${BASE}
COPY --from=build /result /result
`;

describe('an engine that has base images', function () {
  this.timeout(60_000);
  let dir: string;
  let builder: Builder;
  let docker: Docker;
  let found: readonly string[];
  const cache = process.env['MPISWARM_CACHE'];

  before(async () => {
    await installPackages(missingPackages(['builder', 'box']), console.log);
    dir = mkdtempSync(join(tmpdir(), 'mpiswarm-on-engine-test-'));
    builder = await startBuilder(join(dir, 'engine'));
    docker = builder.docker;
    await builder.importBase(await busybox(dir), BASE);
    found = await everything(docker);
  });
  afterEach(() => {
    if (cache === undefined) delete process.env['MPISWARM_CACHE'];
    else process.env['MPISWARM_CACHE'] = cache;
  });
  after(async () => {
    await builder?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('builds from a Dockerfile, says each step, and keeps nothing but the image', async () => {
    const said: string[] = [];
    const id = await build(docker, STAGES, steps => said.push(`${steps.step} of ${steps.of}`));
    expect([...new Set(said)]).to.deep.equal(['1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5']);
    expect((await run(docker, REF, ['cat', '/result'])).stdout).to.equal('built\n');
    // The last step is the label, made from the one that copies; the stage that only built is gone
    const { Parent } = await docker.getImage(id).inspect();
    expect((await everything(docker)).filter(one => !found.includes(one)).sort()).to.deep.equal(
      [id, Parent].sort(),
    );
    await docker.getImage(REF).remove();
    expect(await everything(docker)).to.deep.equal(found);
  });

  it('has nothing of a build that failed, and the failure names the command', async () => {
    const error = await build(docker, `${STAGES}RUN echo no room; false\n`).catch(String);
    expect(error)
      .to.include(`build ${REF}`)
      .and.to.include('no room')
      .and.to.include('returned a non-zero code');
    expect(await everything(docker)).to.deep.equal(found);
  });

  it('has nothing of a build that was interrupted', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    const started = performance.now();
    const building = build(
      docker,
      `${STAGES}RUN sleep 60\n`,
      ({ step }) => step === 5 && setTimeout(() => abort.abort(reason), 1_000),
      abort.signal,
    );
    expect(await building.catch((error: unknown) => error)).to.equal(reason);
    expect(performance.now() - started).to.be.below(30_000);
    expect(await everything(docker)).to.deep.equal(found);
  });

  it('keeps an image of the very same content', async () => {
    process.env['MPISWARM_CACHE'] = join(dir, 'cache');
    const [recipe] = recipes(['zookeeper']);
    if (recipe === undefined) throw new Error('no recipe');
    const ref = await imageRef(recipe);
    const labels = { [RECIPE_LABEL]: await contentKey(recipe) };
    const id = await build(docker, STAGES, undefined, undefined, { ref, labels });
    const said: string[] = [];
    const images = await imagesOnEngine(builder.host, {
      say: line => said.push(line),
      images: ['zookeeper'],
    });
    expect(images.map(image => image.id)).to.deep.equal([id]);
    expect(said).to.deep.equal([]);
    await docker.getImage(ref).remove();
  });

  it('has Debian’s image with the apt sources of this machine, where these are unusual', async () => {
    await builder.importBase(join(dir, 'root.tar'), baseRef('trixie'));
    const mirror = { main: 'http://mirror.example/debian', updates: false };
    const apt = { mirror, proxy: {}, freshness: ['Acquire::Check-Date "false";'] };
    const ref = await adaptedBase(docker, 'trixie', apt);
    const { stdout } = await run(docker, ref, ['sh', '-c', 'cd /etc/apt; cat sources.list apt.conf.d/*']);
    expect(stdout).to.equal('deb http://mirror.example/debian trixie main\nAcquire::Check-Date "false";\n');
    for (const image of [ref, baseRef('trixie')]) await docker.getImage(image).remove();
  });

  it('builds the image of ZooKeeper from its Dockerfile, once @full', async () => {
    await installPackages(missingPackages(['debootstrap']), console.log);
    const board = startBoard({ say: console.log });
    await ensureBase(builder, 'bookworm', { dir, board }).finally(board.close);
    process.env['MPISWARM_CACHE'] = join(dir, 'cache');
    const said: string[] = [];
    const options = {
      say: (line: string) => said.push(line),
      images: ['zookeeper'],
      network: 'host',
    } as const;
    const [image] = await imagesOnEngine(builder.host, options);
    expect(said.join('\n'))
      .to.match(/^building 1 image \(usually/)
      .and.to.match(/\nbuilt mpiswarm\/zookeeper:/);
    expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).sort()).to.deep.equal([
      'debian:bookworm-slim',
      BASE,
      image?.ref,
    ]);
    said.length = 0;
    expect(await imagesOnEngine(builder.host, options)).to.deep.equal([image]);
    expect(said).to.deep.equal([]);
  }).timeout(900_000);
});

/** Ids of all images and containers of an engine. */
async function everything(docker: Docker): Promise<readonly string[]> {
  const [images, containers] = await Promise.all([
    docker.listImages({ all: true }),
    docker.listContainers({ all: true }),
  ]);
  return [...images, ...containers].map(({ Id }) => Id).sort();
}

type OnProgress = (steps: { readonly step: number; readonly of: number }) => void;

function build(
  docker: Docker,
  dockerfile: string,
  onProgress: OnProgress = () => undefined,
  signal?: AbortSignal,
  { ref = REF, labels = { test: 'yes' } }: { ref?: string; labels?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile);
  context.finalize();
  const options = {
    ref,
    labels,
    dockerfile: 'Dockerfile',
    buildargs: {},
    network: 'host',
    signal,
    onProgress,
  } as const;
  return runBuild(docker, context.pipe(new PassThrough()), options);
}

/** Archive of a file system with one static program. */
async function busybox(dir: string): Promise<string> {
  const root = join(dir, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'cat', 'sleep']) await symlink('busybox', join(root, 'bin', name));
  await command(['tar', '-C', root, '-cf', join(dir, 'root.tar'), '.']);
  return join(dir, 'root.tar');
}
