/**
 * `npm run quickstart`: runs `manifests/ring.yaml` to done on a real Docker Swarm, and shows what happens. Uses the
 * running Docker Engine; without one, or with `-- --nodes 3`, makes a private one.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ManifestJob } from '../../controller/api/manifest/manifests.js';
import { formatProblem, parseManifests } from '../../controller/api/manifest/parse.js';
import { MAX_NODES } from '../cluster/lib/names.js';
import { ALL_IMAGES } from '../images/catalogue.js';
import { Interrupted, untilInterrupted } from '../lib/interrupt.js';
import { run, start, stop } from './commands.js';
import { findPlace, type Place } from './place.js';

const HELP = `Usage: npm run quickstart -- [OPTION…]

  --nodes N        make a private swarm of N real nodes on this machine (root; 1 to 5)
  --manifest FILE  run this instead of manifests/ring.yaml
  --keep           leave everything running, and say how to go on
  --yes            install missing Debian packages without asking, as where there is no terminal

Without --nodes, the Docker Engine at $DOCKER_HOST or /var/run/docker.sock is used if one answers.`;

const NEXT = `
To go on: put a manifest like manifests/ring.yaml into a folder of your own and run
  npx mpiswarm up --manifests FOLDER
with the images that it names on your engine. docs/tutorial.md goes on from here.`;

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

if (values.help) console.log(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const started = performance.now();
  try {
    const code = await quickstart(untilInterrupted(say, '; npx mpiswarm down --all removes it'));
    say(`that took ${Math.round((performance.now() - started) / 1_000)} s`);
    return code;
  } catch (error) {
    if (error instanceof Interrupted) {
      say('removed everything that the quick start made');
      return 130;
    }
    console.error(`quickstart: ${(error as Error).message}`);
    return 1;
  }
}

/** Everything that is started is ended in `finally`, also when a signal ends the wait. */
async function quickstart(signal: AbortSignal): Promise<number> {
  // A fault in the manifest is found before minutes are spent on images.
  jobOf(values.manifest);
  const { yes } = values;
  const place = await findPlace({ nodes: nodes(), yes, images: images(), say, signal });
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-quickstart-'));
  const flags = ['--docker', place.docker, '--state-dir', join(folder, 'state')];
  let keep = false;
  try {
    signal.throwIfAborted();
    const outcome = await runJob(place, { folder, flags, signal });
    keep = values.keep;
    return outcome === 'Succeeded' ? 0 : 1;
  } finally {
    if (keep) sayHowToGoOn(place, flags, folder);
    else await remove(place, flags, folder);
    if (!keep && !signal.aborted) console.log(NEXT);
  }
}

interface Work {
  /** For the manifest and the controller's state. */
  readonly folder: string;
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
}

/** Returns the job's outcome. */
async function runJob(place: Place, work: Work): Promise<string | undefined> {
  const { folder, flags } = work;
  const manifests = join(folder, 'manifests');
  const name = jobOf(values.manifest).key;
  await mkdir(manifests);
  say(`dropping ${values.manifest} into ${manifests}`);
  await copyFile(values.manifest, join(manifests, basename(values.manifest)));
  const up = start(place, ['up', ...flags, '--manifests', manifests]);
  try {
    const outcome = await untilDone(place, work, { name, up });
    await stop(up);
    await show(place, 'What the ranks wrote', ['logs', ...flags, name]);
    await show(place, 'Where they ran', ['describe', ...flags, name]);
    return outcome;
  } finally {
    await stop(up);
  }
}

async function remove(place: Place, flags: readonly string[], folder: string): Promise<void> {
  say('cleaning up');
  const down = await run(place, ['down', ...flags], 'pipe');
  await place.close();
  // The folder has what another try of `mpiswarm down` needs.
  if (down.status !== 0)
    throw new Error(`mpiswarm down: ${down.stderr.trim()}; try again: npx mpiswarm down ${flags.join(' ')}`);
  await rm(folder, { recursive: true, force: true });
}

function sayHowToGoOn({ prefix }: Place, flags: readonly string[], folder: string): void {
  const again = [...prefix, 'npx', 'mpiswarm'].join(' ');
  console.log(`\nThe engine, ZooKeeper and the job's record are left; start the controller again by the first of these:
  ${again} up ${flags.join(' ')} --manifests ${join(folder, 'manifests')}
  ${again} get ${flags.join(' ')} -w
  ${again} down ${flags.join(' ')}${prefix.length > 0 ? '\nand remove the private cluster by:\n  npm run cluster -- clean --name quickstart' : ''}`);
}

/** Polls the job until it's done; the controller's output shows the phases. */
async function untilDone(
  place: Place,
  { flags, signal }: Work,
  { name, up }: { readonly name: string; readonly up: ChildProcess },
): Promise<string | undefined> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, 500));
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      await show(place, 'What it waits for', ['describe', ...flags, name]);
      throw new Error(`job ${name} was not done within ${DEADLINE_MS / 1_000} s`);
    }
    if (up.exitCode !== null) throw new Error(`mpiswarm up ended with code ${up.exitCode}`);
    const { status, stdout } = await run(place, ['get', ...flags, name, '-o', 'json'], 'pipe');
    if (status !== 0) continue;
    const job = JSON.parse(stdout) as {
      readonly status?: { readonly phase?: string; readonly outcome?: string };
    };
    if (job.status?.phase === 'done') return job.status.outcome;
  }
}

async function show(place: Place, title: string, argv: readonly string[]): Promise<void> {
  console.log(`\n── ${title}\n`);
  await run(place, argv, 'inherit');
}

function nodes(): number | undefined {
  if (values.nodes === undefined) return undefined;
  if (!/^\d+$/.test(values.nodes) || Number(values.nodes) < 1 || Number(values.nodes) > MAX_NODES)
    throw new Error(`--nodes must be a whole number from 1 to ${MAX_NODES}, got ${values.nodes}`);
  return Number(values.nodes);
}

/** Names in the catalogue: ZooKeeper's, and those that the manifest mentions. */
function images(): readonly string[] {
  const text = readFileSync(values.manifest, 'utf8');
  return ALL_IMAGES.filter(name => name === 'zookeeper' || text.includes(`mpiswarm/${name}:`));
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
