import { rm, stat } from 'node:fs/promises';
import { cacheDir, listCache, withLock } from './cache.js';
import { ensureImages } from './ensure.js';

const USAGE = `usage: npx tsx scripts/images/main.ts [build|list|clean]

  build  builds the images that are not in the cache, and prints all (the default)
  list   prints what is in the cache
  clean  removes the cache
`;

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
  if (action === 'build') await print(await ensureImages({ say }));
  else if (action === 'list') await print(await listCache());
  else await withLock(say, () => rm(`${cacheDir()}/images`, { recursive: true, force: true }));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
