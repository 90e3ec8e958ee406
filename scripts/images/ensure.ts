import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { engineClient, patient, statusCode } from '../../controller/adapters/docker/engine.js';
import { makeBase } from './base.js';
import { BASE_RECIPE } from './base-recipe.js';
import { type Builder, startBuilder } from './builder.js';
import { archive, type BuiltImage, cached, keep, withLock } from './cache.js';
import {
  ALL_IMAGES,
  baseRef,
  contentKey,
  type ImageRecipe,
  imageRef,
  recipes,
  type Suite,
} from './catalogue.js';
import { type MachineApt, machineApt } from './machine-apt.js';
import { checkPrograms } from './packages.js';
import { progress } from './progress.js';
import { pullQuickly } from './pull.js';

export interface EnsureOptions {
  readonly say: (line: string) => void;
  /** Names in the catalogue; all of it when not given. */
  readonly images?: readonly string[];
}

/** As a whole, and without a word from the engine: it says nothing while it unpacks a large layer. */
const LOAD_MS = 600_000;

/**
 * Images of this version, as archives for `docker load`. Those that are not in the cache are built first, in a private engine that is
 * stopped and removed afterwards: seconds become minutes then. Any number of processes may call this at once.
 */
export async function ensureImages(options: EnsureOptions): Promise<readonly BuiltImage[]> {
  const wanted = recipes(options.images ?? ALL_IMAGES);
  const found = await lookUp(wanted);
  if (found.every(image => image !== undefined)) return found;
  checkPrograms();
  return withLock(options.say, async dir => {
    // Somebody else may have built them while we waited.
    const again = await lookUp(wanted);
    const missing = wanted.filter((_, i) => again[i] === undefined);
    if (missing.length > 0) await buildAll(missing, dir, options);
    return (await lookUp(wanted)).filter(image => image !== undefined);
  });
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

/** Whether an engine answers there. */
export async function engineAnswers(dockerHost: string): Promise<boolean> {
  try {
    await engineClient(dockerHost).ping();
    return true;
  } catch {
    // No engine is a good answer to this question, whatever the reason
    return false;
  }
}

const nameOf = async (recipe: ImageRecipe): Promise<string> => `${recipe.name}-${await contentKey(recipe)}`;
const baseName = (suite: Suite): string => `debian-${suite}-${BASE_RECIPE}`;

function lookUp(wanted: readonly ImageRecipe[]): Promise<readonly (BuiltImage | undefined)[]> {
  return Promise.all(wanted.map(async recipe => cached(await nameOf(recipe))));
}

async function buildAll(missing: readonly ImageRecipe[], dir: string, { say }: EnsureOptions): Promise<void> {
  const apt = await machineApt();
  const builder = await startBuilder(join(dir, 'engine'));
  try {
    const suites = [...new Set(missing.map(({ suite }) => suite))];
    await allDone(suites.map(suite => ensureBase(builder, suite, apt, { dir, say })));
    await allDone(missing.map(recipe => buildOne(builder, recipe, apt, { dir, say })));
  } finally {
    await builder.stop();
  }
}

/** Waits for the end of all before it reports the first failure: what still runs would work in a removed folder. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

interface Place {
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** Has the base image of a suite in the builder's engine: from the cache, pulled, or made. `dir` is for temporary files. */
export async function ensureBase(
  builder: Builder,
  suite: Suite,
  apt: MachineApt,
  { dir, say }: Place,
): Promise<void> {
  const ref = baseRef(suite);
  if ((await cached(baseName(suite))) !== undefined) return builder.load(archive(baseName(suite)));
  const problem = await pullQuickly(builder.docker, ref);
  if (problem === undefined) say(`pulled ${ref}`);
  else {
    say(`${ref} cannot be pulled (${problem}); making it with debootstrap from ${apt.mirror.main}`);
    await builder.importBase(await makeBase(suite, apt, dir), ref);
  }
  await saveInto(builder, baseName(suite), ref, dir);
}

async function buildOne(
  builder: Builder,
  recipe: ImageRecipe,
  apt: MachineApt,
  { dir, say }: Place,
): Promise<void> {
  const ref = await imageRef(recipe);
  const started = performance.now();
  say(`building ${ref}`);
  await builder.build(recipe, ref, apt.proxy);
  await saveInto(builder, await nameOf(recipe), ref, dir);
  say(`built ${ref} in ${Math.round((performance.now() - started) / 1_000)} s`);
}

async function saveInto(builder: Builder, name: string, ref: string, dir: string): Promise<void> {
  const tar = join(dir, `${name}.saved.tar`);
  const { Id } = await builder.docker.getImage(ref).inspect();
  await builder.save(ref, tar);
  await keep(name, { ref, id: Id }, tar);
}

async function idOf(docker: ReturnType<typeof engineClient>, ref: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(ref).inspect()).Id;
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw error;
  }
}
