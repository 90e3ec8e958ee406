import type Docker from 'dockerode';
import { statusCode } from '../../controller/adapters/docker/engine.js';
import { CONTEXT, contentKey, filesOf, type ImageRecipe } from './catalogue.js';
import { type BuildSteps, buildSteps } from './progress/steps.js';
import { progress } from './progress.js';

/** Label of a built image: the {@link contentKey} of what it was built from. */
export const RECIPE_LABEL = 'mpiswarm.dev/recipe';

/** Three images at once on two cores, packages fetched from a slow mirror. */
const BUILD_MS = 1_200_000;
/** The engine removes the container of a step that was interrupted; this is how long it may take. */
const GONE_MS = 15_000;

export interface BuildOptions {
  readonly buildargs: Readonly<Record<string, string>>;
  /** `host`, or the engine's default. */
  readonly network?: 'host' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever the build says something. */
  readonly onProgress?: (steps: BuildSteps) => void;
}

/**
 * Builds an image from its Dockerfile by the engine's own builder, and returns its id. Throws with the end of the
 * build's output. In either case no other image and no container is left of it; images that earlier builds left are
 * used and stay.
 * @param docker a client without a timeout: a step may be silent for minutes.
 */
export async function buildImage(
  docker: Docker,
  recipe: ImageRecipe,
  ref: string,
  options: BuildOptions,
): Promise<string> {
  const labels = { [RECIPE_LABEL]: await contentKey(recipe) };
  const context = { context: CONTEXT, src: [...(await filesOf(recipe))] };
  const dockerfile = `${recipe.name}/Dockerfile`;
  return runBuild(docker, context, { ...options, ref, dockerfile, labels });
}

interface Build extends BuildOptions {
  readonly ref: string;
  readonly dockerfile: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** As {@link buildImage}, from any build context that dockerode takes. */
export async function runBuild(
  docker: Docker,
  context: Parameters<Docker['buildImage']>[0],
  { ref, dockerfile, labels, buildargs, network, signal, onProgress }: Build,
): Promise<string> {
  const steps = buildSteps();
  const onText = (text: string): void => {
    steps.read(text);
    onProgress?.(steps);
  };
  const options = {
    ...{ t: ref, dockerfile, buildargs: { ...buildargs }, labels: { ...labels }, forcerm: true },
    ...(network === undefined ? {} : { networkmode: network }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  };
  try {
    const answer = await docker.buildImage(context, options);
    await progress(answer, { what: `build ${ref}`, deadlineMs: BUILD_MS, signal, onText });
    const { Id } = await docker.getImage(ref).inspect();
    await removeImages(docker, await leftovers(docker, steps, Id));
    return Id;
  } catch (error) {
    await removeContainers(docker, steps.containers);
    await removeImages(docker, steps.made);
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * What the steps made and the image is not made of: stages with compilers in them, which would stay as images without
 * a name.
 */
async function leftovers(docker: Docker, { made }: BuildSteps, id: string): Promise<readonly string[]> {
  const history = (await docker.getImage(id).history()) as readonly { readonly Id: string }[];
  const parts = new Set([id, ...history.map(({ Id }) => Id)].map(shortId));
  return made.filter(image => !parts.has(image));
}

const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** Newest first, as no image can go before those that are made from it. */
async function removeImages(docker: Docker, ids: readonly string[]): Promise<void> {
  for (const id of [...ids].reverse()) {
    try {
      const { RepoTags } = await docker.getImage(id).inspect();
      if ((RepoTags ?? []).length === 0) await docker.getImage(id).remove();
    } catch (error) {
      // 404: it went with the one made from it. 409: another build has taken it as its own cache.
      if (![404, 409].includes(statusCode(error) ?? 0)) throw error;
    }
  }
}

async function removeContainers(docker: Docker, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + GONE_MS;
  for (const id of ids) {
    while (await isThere(docker, id)) {
      if (performance.now() > deadline) {
        await docker.getContainer(id).remove({ force: true });
        break;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}

async function isThere(docker: Docker, id: string): Promise<boolean> {
  try {
    await docker.getContainer(id).inspect();
    return true;
  } catch (error) {
    if (statusCode(error) === 404) return false;
    throw error;
  }
}
