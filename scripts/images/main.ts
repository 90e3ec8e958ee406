import { rm, stat } from 'node:fs/promises';
import { type BuiltImage, cacheDir, listCache, withLock } from './cache.js';
import { engineAnswers, ensureImages, loadInto } from './ensure.js';

const USAGE = `usage: npx tsx scripts/images/main.ts [build|list|clean]

  build  builds the images that are not in the cache, prints all, and loads them into the engine (the default)
  list   prints what is in the cache
  clean  removes the cache
`;

/** So that `mpiswarm up` finds them: into the engine that is there, if one answers. */
async function loadIntoEngine(images: readonly BuiltImage[]): Promise<void> {
  const docker = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (await engineAnswers(docker)) await loadInto(docker, images, say);
  else say(`no Docker Engine answers at ${docker}; load the archives with docker load`);
}

const say = (line: string): void => console.error(line);

async function print(
  images: readonly { readonly ref: string; readonly id: string; readonly tar: string }[],
): Promise<void> {
  for (const { ref, id, tar } of images) {
    console.log(`${ref}  ${id}  ${Math.round((await stat(tar)).size / 1e6)} MB  ${tar}`);
  }
}

async function main([action = 'build', ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0 || !['build', 'list', 'clean'].includes(action)) {
    console.error(USAGE);
    return 2;
  }
  if (action === 'build') {
    const images = await ensureImages({ say });
    await print(images);
    await loadIntoEngine(images);
  } else if (action === 'list') await print(await listCache());
  else await withLock(say, () => rm(`${cacheDir()}/images`, { recursive: true, force: true }));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
