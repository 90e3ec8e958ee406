import { installPackages, missingPackages } from '../cluster/packages.js';
import { type BuiltImage, cached } from '../images/cache.js';
import { contentKey, recipes, SMALL_IMAGES } from '../images/catalogue.js';
import { ensureImages } from '../images/ensure.js';
import { build } from '../lib/build.js';
import { usesJava } from './files.js';
import { type ListedTest, placeOf } from './model/suites.js';
import { PARTS } from './needs.js';

const JAVA = 'openmpi-java';

/** Whether the large image with a JDK need not be built first. */
export async function isJavaImageCached(): Promise<boolean> {
  const [recipe] = recipes([JAVA]);
  if (recipe === undefined) throw new Error(`${JAVA} is not in the catalogue of images`);
  return (await cached(`${recipe.name}-${await contentKey(recipe)}`)) !== undefined;
}

/**
 * Has all that these tests need on this machine, apart from their clusters: Debian packages, the built product, images.
 * Returns the images to load into the clusters.
 */
export async function prepareMachine(
  tests: readonly ListedTest[],
  say: (line: string) => void,
): Promise<readonly BuiltImage[]> {
  const onCluster = tests.filter(({ file }) => placeOf(file) === 'cluster');
  if (onCluster.length === 0 && !tests.some(({ file }) => placeOf(file) === 'machine')) return [];
  await installPackages(missingPackages(PARTS), say);
  if (onCluster.length === 0) return [];
  await build();
  const images = onCluster.some(usesJava) ? [...SMALL_IMAGES, JAVA] : SMALL_IMAGES;
  return ensureImages({ say, images });
}
