import type Docker from 'dockerode';
import { statusCode } from '../../controller/adapters/docker/engine.js';
import { adaptation, adaptedBase, isUnusual } from './adapt.js';
import { MADE_LABEL } from './base.js';
import { buildImage } from './build.js';
import { baseRef, type ImageRecipe, imageRef, type Suite } from './catalogue.js';
import { findMachineApt, type MachineApt } from './machine-apt.js';
import type { Board } from './progress/board.js';
import type { BuildSteps } from './progress/steps.js';

export interface BuildAllOptions {
  readonly board: Board;
  readonly signal?: AbortSignal | undefined;
  /** For an engine without networks of its own. */
  readonly network?: 'host';
}

/**
 * Builds images side by side on an engine that has their base images, and shows how far they are. `built` is called
 * with the name of each.
 * @param docker a client without a timeout.
 */
export async function buildAll(
  docker: Docker,
  wanted: readonly ImageRecipe[],
  options: BuildAllOptions,
  built: (recipe: ImageRecipe, ref: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const apt = await findMachineApt();
  const suites = [...new Set(wanted.map(({ suite }) => suite))];
  const bases = new Map<Suite, string>();
  try {
    for (const suite of suites) {
      const base = await baseFor(docker, suite, apt, options.signal);
      if (base !== undefined) bases.set(suite, base);
    }
    const adapted = { ...adaptation(apt), ...options };
    await allDone(wanted.map(recipe => buildOne(docker, recipe, bases.get(recipe.suite), adapted, built)));
  } finally {
    for (const base of bases.values()) await docker.getImage(base).remove();
  }
}

/** Waits for the end of all before it reports the first failure: what still runs would work in a removed folder. */
export async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/**
 * The name of the base image to use in place of Debian's; undefined where Debian's will do, or has this machine's
 * settings already.
 */
async function baseFor(
  docker: Docker,
  suite: Suite,
  apt: MachineApt | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (apt === undefined || !isUnusual(apt)) return undefined;
  const { Config } = await docker.getImage(baseRef(suite)).inspect();
  return Config.Labels?.[MADE_LABEL] === undefined ? adaptedBase(docker, suite, apt, signal) : undefined;
}

type Adapted = BuildAllOptions & ReturnType<typeof adaptation>;

async function buildOne(
  docker: Docker,
  recipe: ImageRecipe,
  base: string | undefined,
  { board, signal, network, buildargs }: Adapted,
  built: (recipe: ImageRecipe, ref: string) => Promise<void>,
): Promise<void> {
  const ref = await imageRef(recipe);
  const task = board.task(recipe.name, recipe.expectedSeconds);
  const started = performance.now();
  const onProgress = (steps: BuildSteps): void => task.doing(stepWords(steps));
  try {
    const args = base === undefined ? buildargs : { ...buildargs, BASE: base };
    await buildImage(docker, recipe, ref, { buildargs: args, network, signal, onProgress });
    task.doing('saving it');
    await built(recipe, ref);
  } finally {
    task.end();
  }
  board.say(`built ${ref} in ${Math.round((performance.now() - started) / 1_000)} s`);
}

/** `step 3 of 11: RUN apt-get update && apt-get install … | Unpacking gcc-12 …` */
function stepWords({ step, of, instruction, output }: BuildSteps): string {
  const short = instruction.length <= 32 || output === '' ? instruction : `${instruction.slice(0, 30)} …`;
  return `step ${step} of ${of}: ${short}${output === '' ? '' : ` | ${output}`}`;
}

/** The image's description, or undefined where the engine has no image of that name. */
export async function inspectImage(
  docker: Docker,
  ref: string,
): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(ref).inspect();
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw error;
  }
}
