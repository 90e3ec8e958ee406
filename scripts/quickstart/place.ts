import { createInterface } from 'node:readline/promises';
import type Docker from 'dockerode';
import { engineClient, statusCode } from '../../controller/adapters/docker/engine.js';
import { swarmMode } from '../../controller/adapters/setup/swarm-mode.js';
import { LABEL } from '../../controller/core/model/names.js';
import { installPackages, missingRequirement, type Part } from '../cluster/packages.js';
import { MissingRequirement } from '../cluster/requirements.js';
import { imagesOnEngine } from '../images/on-engine.js';
import { build } from '../lib/build.js';
import { engineFacts, findEngine, unsuited } from '../lib/engine.js';
import { prepareCluster } from '../prepare/cluster.js';

/** Where the job runs. */
export interface Place {
  readonly docker: string;
  /** Words before a command that bring it to the engine's network; empty for the machine's own. */
  readonly prefix: readonly string[];
  /** Removes what `mpiswarm down` does not, and says what is left. */
  readonly close: () => Promise<void>;
}

export interface PlaceOptions {
  /** A private swarm of that many nodes; undefined for the running engine. */
  readonly nodes: number | undefined;
  /** Install Debian packages without asking. */
  readonly yes: boolean;
  /** Names in the catalogue. */
  readonly images: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The running engine with the images, or a private swarm. */
export async function findPlace(options: PlaceOptions): Promise<Place> {
  const docker = options.nodes === undefined ? await findEngine() : undefined;
  return docker === undefined ? privatePlace(options) : enginePlace(docker, options);
}

async function enginePlace(docker: string, options: PlaceOptions): Promise<Place> {
  const { say } = options;
  const engine = engineClient(docker);
  const { Version } = await engine.version();
  say(`using the Docker Engine ${Version} at ${docker}`);
  await checkEngine(docker, engine);
  await build();
  const images = await imagesOnEngine(docker, {
    ...options,
    install: packages => install(packages, options),
  });
  const bridged = await hasBridge(engine);
  const close = async (): Promise<void> => {
    if (!bridged) await removeBridge(engine);
    const refs = images.map(({ ref }) => ref).join(' ');
    say(
      `the images stay on the engine: ${refs}, and what they were built from; docker image rm removes them`,
    );
  };
  return { docker, prefix: [], close };
}

async function checkEngine(docker: string, engine: Docker): Promise<void> {
  const sentence = unsuited(docker, await engineFacts(engine));
  if (sentence !== undefined) throw new MissingRequirement(sentence);
  const found = await swarmMode(engine, docker);
  if (found.mode === 'unusable') throw new MissingRequirement(found.problem);
  await refuseWhereUsed(docker, engine);
}

/** The quick start must remove only its own things in the end. */
async function refuseWhereUsed(docker: string, engine: Docker): Promise<void> {
  const found = await engine.listContainers({ all: true, filters: { label: [LABEL.part] } });
  if (found.length === 0) return;
  throw new Error(
    `mpiswarm runs on the engine at ${docker} already; use it by npx mpiswarm get, remove it by npx mpiswarm down, or give -- --nodes 1 for a private engine`,
  );
}

/** The engine makes this network when it becomes part of a swarm, and keeps it when it leaves. */
const BRIDGE = 'docker_gwbridge';

async function hasBridge(engine: Docker): Promise<boolean> {
  return (await engine.listNetworks()).some(({ Name }) => Name === BRIDGE);
}

async function removeBridge(engine: Docker): Promise<void> {
  if ((await swarmMode(engine, '')).mode !== 'inactive') return;
  try {
    await engine.getNetwork(BRIDGE).remove();
  } catch (error) {
    if (statusCode(error) !== 404) throw error;
  }
}

/** Debian packages that a private swarm needs, where they are missing. */
const PARTS: readonly Part[] = ['engine', 'builder'];

async function privatePlace(options: PlaceOptions): Promise<Place> {
  const { say, signal, images, nodes } = options;
  checkMachine(nodes);
  if (nodes === undefined) say('no Docker Engine answers; making a private one for this run');
  const { docker, prefix, cluster } = await prepareCluster('quickstart', nodes ?? 1, say, images, {
    parts: PARTS,
    signal,
    install: packages => install(packages, options),
  });
  return { docker, prefix, close: () => cluster.clean() };
}

function checkMachine(nodes: number | undefined): void {
  const absent = nodes === undefined;
  const what = absent ? 'no Docker Engine answers, and a private one' : 'a private swarm';
  const sentence = missingRequirement(what, PARTS);
  if (sentence !== undefined)
    throw new MissingRequirement(absent ? `${sentence}; or start Docker` : sentence);
}

async function install(packages: readonly string[], { say, yes, signal }: PlaceOptions): Promise<void> {
  if (packages.length === 0) return;
  say(`these Debian packages are missing and will be installed by apt-get: ${packages.join(' ')}`);
  if (!yes && process.stdin.isTTY) await confirm(signal);
  await installPackages(packages, say);
}

async function confirm(signal: AbortSignal): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Without this, readline takes Ctrl-C for itself.
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  try {
    const answer = await terminal.question('Go on? [Y/n] ', { signal });
    if (/^n/i.test(answer.trim())) throw new Error('nothing was installed');
  } finally {
    terminal.close();
  }
}
