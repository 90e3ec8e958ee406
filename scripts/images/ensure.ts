import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { engineClient, patient } from '../../controller/adapters/docker/engine.js';
import { missingPackages, missingRequirement, type Part, requireParts } from '../cluster/packages.js';
import { MissingRequirement } from '../cluster/requirements.js';
import { makeBase } from './base.js';
import { type MissingBase, requireDebootstrap } from './bases.js';
import { allDone, buildAll, inspectImage } from './build-all.js';
import { type Builder, startBuilder } from './builder.js';
import { archive, type BuiltImage, cached, keep, withLock } from './cache.js';
import {
  ALL_IMAGES,
  BASE_RECIPE,
  baseRef,
  contentKey,
  type ImageRecipe,
  recipes,
  type Suite,
} from './catalogue.js';
import { findMachineApt, machineApt } from './machine-apt.js';
import { type Board, expectation, startBoard } from './progress/board.js';
import { progress } from './progress.js';
import { pullQuickly } from './pull.js';

export interface EnsureOptions {
  readonly say: (line: string) => void;
  /** Names in the catalogue; all of it when not given. */
  readonly images?: readonly string[];
  /** Ends it, and leaves nothing but what was finished. */
  readonly signal?: AbortSignal;
  /** Installs Debian packages, where these are found to be needed on the way; without it they are only named. */
  readonly install?: (packages: readonly string[]) => Promise<void>;
}

/** For the whole load: the engine reports no progress while it unpacks a large layer. */
const LOAD_MS = 600_000;

/**
 * Images of this version, as archives for `docker load`. Those that are not in the cache are built first, in a
 * private engine that is stopped and removed afterwards: seconds become minutes then. Any number of processes may
 * call this at once.
 */
export async function ensureImages(options: EnsureOptions): Promise<readonly BuiltImage[]> {
  const wanted = recipes(options.images ?? ALL_IMAGES);
  const found = await cachedImages(wanted);
  if (found.every(image => image !== undefined)) return found;
  requireParts('building images in a private Docker Engine', ['builder']);
  await install(['builder'], options);
  return withLock(options, async dir => {
    // Another process may have built them while we waited.
    const again = await cachedImages(wanted);
    const missing = wanted.filter((_, i) => again[i] === undefined);
    if (missing.length > 0) await buildApart(missing, dir, options);
    return (await cachedImages(wanted)).filter(image => image !== undefined);
  });
}

/** The images' archives, undefined for those that are not in the cache. */
export function cachedImages(wanted: readonly ImageRecipe[]): Promise<readonly (BuiltImage | undefined)[]> {
  return Promise.all(wanted.map(async recipe => cached(await nameOf(recipe))));
}

/** Loads the images into an engine, `unix:///path` or `tcp://host:port`; those that it has already are left alone. */
export async function loadInto(
  dockerHost: string,
  images: readonly BuiltImage[],
  say: (line: string) => void,
): Promise<void> {
  const docker = engineClient(dockerHost);
  for (const { ref, id, tar } of images) {
    if ((await idOf(docker, ref)) === id) continue;
    say(`loading ${ref} into the engine`);
    await progress(await patient(docker, LOAD_MS).loadImage(createReadStream(tar)), {
      what: `load ${ref}`,
      deadlineMs: LOAD_MS,
    });
    const loaded = await idOf(docker, ref);
    if (loaded === undefined) throw new Error(`load ${ref} into ${dockerHost}: it is not there afterwards`);
  }
}

const nameOf = async (recipe: ImageRecipe): Promise<string> => `${recipe.name}-${await contentKey(recipe)}`;
const baseName = (suite: Suite): string => `debian-${suite}-${BASE_RECIPE}`;

async function buildApart(
  missing: readonly ImageRecipe[],
  dir: string,
  options: EnsureOptions,
): Promise<void> {
  const { signal } = options;
  const builder = await startBuilder(join(dir, 'engine'));
  const board = startBoard(options);
  try {
    const suites = [...new Set(missing.map(({ suite }) => suite))];
    await allDone(suites.map(suite => ensureBase(builder, suite, { dir, board, ...options })));
    board.say(`building ${expectation(missing)} in a private engine`);
    await buildAll(builder.docker, missing, { board, signal, network: 'host' }, async (recipe, ref) =>
      saveInto(builder, await nameOf(recipe), ref, dir),
    );
  } finally {
    board.close();
    await builder.stop();
  }
}

interface Place extends Pick<EnsureOptions, 'signal' | 'install'> {
  /** For temporary files. */
  readonly dir: string;
  readonly board: Board;
}

/** Gets the base image of a suite into the builder's engine: from the cache, pulled, or built. */
export async function ensureBase(builder: Builder, suite: Suite, place: Place): Promise<void> {
  const ref = baseRef(suite);
  if ((await cached(baseName(suite))) !== undefined) return builder.load(archive(baseName(suite)));
  const { board, dir, signal } = place;
  const task = board.task(ref, MAKE_SECONDS);
  try {
    task.doing('pulling it');
    const problem = await pullQuickly(builder.docker, ref, signal);
    if (problem === undefined) board.say(`pulled ${ref}`);
    else {
      await checkDebootstrap([{ ref, problem }]);
      await install(['debootstrap'], place);
      const apt = await machineApt();
      board.say(`${ref} cannot be pulled (${problem}); making it with debootstrap from ${apt.mirror.main}`);
      task.doing('debootstrap downloads and installs Debian');
      await builder.importBase(await makeBase(suite, apt, dir, signal), ref);
    }
    await saveInto(builder, baseName(suite), ref, dir);
  } finally {
    task.end();
  }
}

/** On two cores, two at once. */
const MAKE_SECONDS = 90;

/** Throws, in one sentence, unless these base images can be made with debootstrap. */
export async function checkDebootstrap(missing: readonly MissingBase[]): Promise<void> {
  const root = process.getuid?.() === 0;
  const debian = (await findMachineApt()) !== undefined;
  requireDebootstrap(missing, { root, debian, lack: missingRequirement('debootstrap', ['debootstrap']) });
}

async function install(
  parts: readonly Part[],
  { install: how }: Pick<EnsureOptions, 'install'>,
): Promise<void> {
  const packages = missingPackages(parts);
  if (packages.length === 0) return;
  if (how === undefined)
    throw new MissingRequirement(
      `building images needs Debian packages that are not installed: apt-get install ${packages.join(' ')}`,
    );
  await how(packages);
}

async function saveInto(builder: Builder, name: string, ref: string, dir: string): Promise<void> {
  const tar = join(dir, `${name}.saved.tar`);
  const { Id } = await builder.docker.getImage(ref).inspect();
  await builder.save(ref, tar);
  await keep(name, { ref, id: Id }, tar);
}

async function idOf(docker: ReturnType<typeof engineClient>, ref: string): Promise<string | undefined> {
  return (await inspectImage(docker, ref))?.Id;
}
