import type Docker from 'dockerode';
import { engineClient, patient } from '../../controller/adapters/docker/engine.js';
import type { MissingBase } from './bases.js';
import { RECIPE_LABEL } from './build.js';
import { buildAll, inspectImage } from './build-all.js';
import {
  ALL_IMAGES,
  baseRef,
  contentKey,
  type ImageRecipe,
  imageRef,
  recipes,
  type Suite,
} from './catalogue.js';
import { cachedImages, checkDebootstrap, type EnsureOptions, ensureImages, loadInto } from './ensure.js';
import { type Board, expectation, startBoard } from './progress/board.js';
import { pullQuickly } from './pull.js';

export interface EngineImage {
  /** `mpiswarm/openmpi5:0.1.0` */
  readonly ref: string;
  readonly id: string;
  /** In bytes. */
  readonly size: number;
}

export interface OnEngineOptions extends EnsureOptions {
  /** For an engine without networks of its own. */
  readonly network?: 'host';
}

interface Engine extends OnEngineOptions {
  /** `unix:///path` or `tcp://host:port` */
  readonly host: string;
  readonly docker: Docker;
}

/**
 * Makes sure that an engine has images of this version. Those that it lacks are loaded from the cache, or else built
 * there from their Dockerfiles, which needs neither root nor anything of Debian on this machine. Only if no registry
 * has their base images, they are built apart, from base images made with debootstrap, and loaded.
 */
export async function imagesOnEngine(
  host: string,
  options: OnEngineOptions,
): Promise<readonly EngineImage[]> {
  const engine = { ...options, host, docker: engineClient(host) };
  const wanted = recipes(options.images ?? ALL_IMAGES);
  const current = await Promise.all(wanted.map(recipe => isCurrent(engine.docker, recipe)));
  const lacking = wanted.filter((_, i) => current[i] === false);
  const archives = await cachedImages(lacking);
  const missing = lacking.filter((_, i) => archives[i] === undefined);
  await loadInto(
    host,
    archives.filter(archive => archive !== undefined),
    options.say,
  );
  if (missing.length > 0) await makeImages(engine, missing);
  return Promise.all(wanted.map(recipe => engineImage(engine.docker, recipe)));
}

/** Whether the engine has the image of this very content, built from a Dockerfile or loaded. */
async function isCurrent(docker: Docker, recipe: ImageRecipe): Promise<boolean> {
  const found = await inspectImage(docker, await imageRef(recipe));
  if (found === undefined) return false;
  if (found.Config.Labels?.[RECIPE_LABEL] === (await contentKey(recipe))) return true;
  const [archive] = await cachedImages([recipe]);
  return archive?.id === found.Id;
}

async function makeImages(engine: Engine, missing: readonly ImageRecipe[]): Promise<void> {
  const board = startBoard(engine);
  try {
    const suites = [...new Set(missing.map(({ suite }) => suite))];
    const without = await basesOn(engine, suites, board);
    if (without.length === 0) {
      board.say(`building ${expectation(missing)} on the engine`);
      return await buildAll(patient(engine.docker), missing, { ...engine, board });
    }
    await checkDebootstrap(without);
    for (const { ref, problem } of without) board.say(`${ref} cannot be pulled (${problem})`);
  } finally {
    board.close();
  }
  const names = missing.map(({ name }) => name);
  await loadInto(engine.host, await ensureImages({ ...engine, images: names }), engine.say);
}

/** Gets the base images of the suites onto the engine; returns those that are missing and can't be pulled. */
async function basesOn(
  { docker, signal }: Engine,
  suites: readonly Suite[],
  board: Board,
): Promise<readonly MissingBase[]> {
  const missing: MissingBase[] = [];
  for (const ref of suites.map(baseRef)) {
    if ((await inspectImage(docker, ref)) !== undefined) continue;
    const task = board.task(ref, PULL_SECONDS);
    task.doing('pulling it');
    const problem = await pullQuickly(patient(docker), ref, signal).finally(task.end);
    if (problem === undefined) board.say(`pulled ${ref}`);
    else missing.push({ ref, problem });
  }
  return missing;
}

/** 30 MB. */
const PULL_SECONDS = 10;

async function engineImage(docker: Docker, recipe: ImageRecipe): Promise<EngineImage> {
  const ref = await imageRef(recipe);
  const { Id, Size } = await docker.getImage(ref).inspect();
  return { ref, id: Id, size: Size };
}
