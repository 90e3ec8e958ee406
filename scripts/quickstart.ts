/**
 * `npm run quickstart`: runs `manifests/ring.yaml` to done on a real Docker Swarm, and shows what happens.
 * Uses the Docker Engine that is there; where there is none, or with `-- --nodes 3`, makes a private one.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { engineClient } from '../controller/adapters/docker/engine.js';
import type { ManifestJob } from '../controller/api/manifest/manifests.js';
import { formatProblem, parseManifests } from '../controller/api/manifest/parse.js';
import { LABEL } from '../controller/core/model/names.js';
import { build } from './build.js';
import { installPackages, missingPackages } from './cluster/packages.js';
import { ALL_IMAGES, SMALL_IMAGES } from './images/catalogue.js';
import { engineAnswers, ensureImages, loadInto } from './images/ensure.js';
import { prepareCluster } from './prepare.js';

const HELP = `Usage: npm run quickstart -- [OPTION…]

  --nodes N        make a private swarm of N real nodes on this machine (root; 1 to 5)
  --manifest FILE  run this instead of manifests/ring.yaml
  --keep           leave everything running, and say how to go on
  --yes            install missing Debian packages without asking, as where there is no terminal

Without --nodes, the Docker Engine at $DOCKER_HOST or /var/run/docker.sock is used if one answers.`;

interface Place {
  readonly docker: string;
  /** Words before a command that bring it to the engine's network; empty for the machine's own. */
  readonly prefix: readonly string[];
  readonly close: () => Promise<void>;
}

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    manifest: { type: 'string', default: 'manifests/ring.yaml' },
    keep: { type: 'boolean', default: false },
    yes: { type: 'boolean', short: 'y', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** Longest time for the job, images and cluster being there. */
const DEADLINE_MS = 300_000;
/** What Debian packages are asked for and installed, where they are missing. */
const PARTS = ['engine', 'images'] as const;
const interrupted = new AbortController();

if (values.help) console.log(HELP);
else {
  try {
    const code = await quickstart();
    process.exitCode ??= code;
  } catch (error) {
    console.error(`quickstart: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function quickstart(): Promise<number> {
  // Everything that is started is ended in `finally`; the first Ctrl-C goes there
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const place = await findPlace();
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-quickstart-'));
  const flags = ['--docker', place.docker, '--state-dir', join(folder, 'state')];
  let up: ChildProcess | undefined;
  try {
    await mkdir(join(folder, 'manifests'));
    const name = jobOf(values.manifest).key;
    say(`dropping ${values.manifest} into ${join(folder, 'manifests')}`);
    await copyFile(values.manifest, join(folder, 'manifests', basename(values.manifest)));
    up = start(place, ['up', ...flags, '--manifests', join(folder, 'manifests')]);
    const outcome = await untilDone(place, flags, { name, up });
    await stop(up);
    show(place, 'What the ranks wrote', ['logs', ...flags, name]);
    show(place, 'Where they ran', ['describe', ...flags, name]);
    const again = [...place.prefix, 'npx', 'mpiswarm'].join(' ');
    if (values.keep) {
      console.log(`\nThe engine, ZooKeeper and the job's record are left; start the controller again by the first of these:
  ${again} up ${flags.join(' ')} --manifests ${join(folder, 'manifests')}
  ${again} get ${flags.join(' ')} -w
  ${again} down ${flags.join(' ')}${place.prefix.length > 0 ? '\nand remove the private cluster by:\n  npm run cluster -- clean --name quickstart' : ''}`);
    }
    return outcome === 'Succeeded' ? 0 : 1;
  } finally {
    await stop(up);
    if (!values.keep) {
      say('removing what was made');
      const down = cli(place, ['down', ...flags], 'pipe');
      await place.close();
      if (down.status !== 0) {
        console.error(`mpiswarm down: ${down.stderr}`);
        process.exitCode = 1;
      }
      await rm(folder, { recursive: true, force: true });
      console.log(`
To go on: put a manifest like manifests/ring.yaml into a folder of your own and run
  npx mpiswarm up --manifests FOLDER
with the images that it names on your engine. See README.md and docs/.`);
    }
  }
}

/** The engine that is there, with the images on it, or a private swarm. */
async function findPlace(): Promise<Place> {
  const docker = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (values.nodes === undefined && (await engineAnswers(docker))) {
    say(`using the Docker Engine at ${docker}`);
    await refuseWhereUsed(docker);
    await build();
    await confirmPackages(missingPackages(PARTS));
    await installPackages(missingPackages(PARTS), say);
    await loadInto(docker, await ensureImages({ say, images: images() }), say);
    return { docker, prefix: [], close: async () => undefined };
  }
  const nodes = Number(values.nodes ?? 1);
  if (values.nodes === undefined) say('no Docker Engine answers; making a private one for this run');
  await confirmPackages(missingPackages(PARTS));
  const prepared = await prepareCluster('quickstart', nodes, say, images(), PARTS);
  return { docker: prepared.docker, prefix: prepared.prefix, close: () => prepared.cluster.clean() };
}

/** What the quick start removes in the end must be its own. */
async function refuseWhereUsed(docker: string): Promise<void> {
  const engine = engineClient(docker);
  const found = await engine.listContainers({ all: true, filters: { label: [LABEL.part] } });
  if (found.length === 0) return;
  throw new Error(
    `mpiswarm runs on the engine at ${docker} already; use it by npx mpiswarm get, remove it by npx mpiswarm down, or give -- --nodes 1 for a private engine`,
  );
}

async function confirmPackages(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return;
  say(`these Debian packages are missing and will be installed by apt-get: ${packages.join(' ')}`);
  if (values.yes || !process.stdin.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Go on? [Y/n] ');
  terminal.close();
  if (/^n/i.test(answer.trim())) throw new Error('nothing was installed');
}

/** Looks at the job until it is done; the controller beside it shows the ladder. */
async function untilDone(
  place: Place,
  flags: readonly string[],
  { name, up }: { readonly name: string; readonly up: ChildProcess },
): Promise<string | undefined> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 500));
    if (interrupted.signal.aborted) throw new Error('interrupted');
    if (performance.now() > deadline) {
      show(place, 'What it waits for', ['describe', ...flags, name]);
      throw new Error(`job ${name} was not done within ${DEADLINE_MS / 1_000} s`);
    }
    if (up.exitCode !== null) throw new Error(`mpiswarm up ended with code ${up.exitCode}`);
    const { status, stdout } = cli(place, ['get', ...flags, name, '-o', 'json'], 'pipe');
    if (status !== 0) continue;
    const job = JSON.parse(stdout) as {
      readonly status?: { readonly phase?: string; readonly outcome?: string };
    };
    if (job.status?.phase === 'done') return job.status.outcome;
  }
}

function show(place: Place, title: string, argv: readonly string[]): void {
  console.log(`\n── ${title}\n`);
  cli(place, argv, 'inherit');
}

function command(place: Place, argv: readonly string[]): readonly [string, ...string[]] {
  const [first = process.execPath, ...rest] = [
    ...place.prefix,
    process.execPath,
    'dist/mpiswarm.js',
    ...argv,
  ];
  return [first, ...rest];
}

function start(place: Place, argv: readonly string[]): ChildProcess {
  const [file, ...args] = command(place, argv);
  return spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

function cli(place: Place, argv: readonly string[], stdio: 'inherit' | 'pipe' | 'ignore') {
  const [file, ...args] = command(place, argv);
  return spawnSync(file, args, {
    stdio: ['ignore', stdio, stdio === 'inherit' ? 'inherit' : 'pipe'],
    encoding: 'utf8',
  });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGINT');
  await ended;
}

/** Names in the catalogue: the small images, and the manifest's own. */
function images(): readonly string[] {
  const { image } = jobOf(values.manifest).manifest.spec;
  return ALL_IMAGES.filter(name => SMALL_IMAGES.includes(name) || image.startsWith(`mpiswarm/${name}:`));
}

/** The one job in a manifest. */
function jobOf(file: string): ManifestJob {
  const { definitions, problems } = parseManifests(readFileSync(file, 'utf8'), file);
  const [first] = definitions;
  if (!first?.job) throw new Error(problems[0] ? formatProblem(problems[0]) : `${file} defines no MPIJob`);
  return first.job;
}

function say(line: string): void {
  console.log(line);
}
