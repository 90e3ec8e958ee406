import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Raised by hand when the way of making a base image (base.ts) changes: everything is built again then. */
export const BASE_RECIPE = 1;

/** A release of Debian that is the base of an image: `FROM debian:<suite>-slim`. */
export type Suite = 'bookworm' | 'trixie';

export interface ImageRecipe {
  /** `openmpi5`: the folder of the Dockerfile, and the name in `mpiswarm/openmpi5`. */
  readonly name: string;
  readonly suite: Suite;
  /** Paths in the build context that the Dockerfile copies from. */
  readonly context: readonly string[];
  /** How long its build takes on two cores beside the small ones, packages downloaded at 10 MB/s. */
  readonly expectedSeconds: number;
}

/** Build context of all images. */
export const CONTEXT = fileURLToPath(new URL('../../images', import.meta.url));

const RECIPES: readonly ImageRecipe[] = [
  { name: 'openmpi5', suite: 'trixie', context: ['examples'], expectedSeconds: 120 },
  { name: 'openmpi4', suite: 'bookworm', context: ['examples'], expectedSeconds: 120 },
  { name: 'zookeeper', suite: 'bookworm', context: ['zookeeper/zoo.cfg'], expectedSeconds: 60 },
  {
    name: 'openmpi-java',
    suite: 'bookworm',
    context: ['openmpi-java/worker', 'openmpi-java/examples'],
    expectedSeconds: 180,
  },
];

/** Names of all images. */
export const ALL_IMAGES: readonly string[] = RECIPES.map(({ name }) => name);

/**
 * Names of the images that are small; the others, with compilers in them, are built and loaded where something asks
 * for them.
 */
export const SMALL_IMAGES: readonly string[] = ['openmpi5', 'openmpi4', 'zookeeper'];

/** The recipes with these names, in the catalogue's order. Throws when a name is not in the catalogue. */
export function recipes(names: readonly string[]): readonly ImageRecipe[] {
  const unknown = names.filter(name => !ALL_IMAGES.includes(name));
  if (unknown.length > 0)
    throw new Error(`no image ${unknown.join(', ')}; there are ${ALL_IMAGES.join(', ')}`);
  return RECIPES.filter(({ name }) => names.includes(name));
}

export const baseRef = (suite: Suite): string => `debian:${suite}-slim`;

/** Reference of an image: `mpiswarm/<name>:<version of package.json>`. */
export async function imageRef({ name }: ImageRecipe): Promise<string> {
  const text = await readFile(join(CONTEXT, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return `mpiswarm/${name}:${version}`;
}

/** 16 hexadecimal digits that change whenever anything changes that the image is made of, its reference included. */
export async function contentKey(recipe: ImageRecipe): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([BASE_RECIPE, process.arch, recipe.suite, await imageRef(recipe)]),
  );
  for (const file of await filesOf(recipe)) {
    const content = await readFile(join(CONTEXT, file));
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Files of the build context that belong to the image, its Dockerfile included, sorted; relative to {@link CONTEXT}.
 */
export async function filesOf({ name, context }: ImageRecipe): Promise<readonly string[]> {
  const found = await Promise.all(context.map(path => filesBelow(path)));
  return [`${name}/Dockerfile`, ...found.flat()].sort();
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const absolute = join(CONTEXT, path);
  if (!(await stat(absolute)).isDirectory()) return [path];
  const found = await readdir(absolute, { recursive: true, withFileTypes: true });
  return found
    .filter(entry => entry.isFile())
    .map(entry => relative(CONTEXT, join(entry.parentPath, entry.name)));
}
