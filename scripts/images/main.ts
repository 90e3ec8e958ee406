/** `npm run images`: the example images, on the Docker Engine that is there, or in the cache. */
import { rm, stat } from 'node:fs/promises';
import { errorMessage } from '../../controller/shared/error-message.js';
import { findEngine } from '../lib/engine.js';
import { Interrupted, untilInterrupted } from '../lib/interrupt.js';
import { cacheDir, listCache, withLock } from './cache.js';
import { ensureImages } from './ensure.js';
import { imagesOnEngine } from './on-engine.js';

const USAGE = `usage: npm run images -- [build|archives|list|clean]

  build     builds the images that the Docker Engine lacks, on it, and prints all; where no engine answers, as archives (the default)
  archives  builds the images that are not in the cache, as archives for docker load, and prints all (root)
  list      prints what is in the cache
  clean     removes the cache
`;

const say = (line: string): void => console.error(line);

async function build(signal: AbortSignal): Promise<void> {
  const host = await findEngine();
  if (host === undefined) {
    say('no Docker Engine answers; building archives for docker load');
    return archives(signal);
  }
  for (const { ref, id, size } of await imagesOnEngine(host, { say, signal }))
    console.log(`${ref}  ${id}  ${megabytes(size)}`);
}

async function archives(signal: AbortSignal): Promise<void> {
  await ensureImages({ say, signal });
  await list();
}

async function list(): Promise<void> {
  for (const { ref, id, tar } of await listCache())
    console.log(`${ref}  ${id}  ${megabytes((await stat(tar)).size)}  ${tar}`);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function clean(signal: AbortSignal): Promise<void> {
  await withLock({ say, signal }, () => rm(`${cacheDir()}/images`, { recursive: true, force: true }));
}

const ACTIONS: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>> = {
  build,
  archives,
  list,
  clean,
};

async function main([action = 'build', ...rest]: readonly string[]): Promise<number> {
  const act = ACTIONS[action];
  if (rest.length > 0 || act === undefined) {
    console.error(USAGE);
    return 2;
  }
  await act(untilInterrupted(say));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const interrupted = error instanceof Interrupted;
  console.error(interrupted ? 'unfinished work is removed' : errorMessage(error));
  process.exitCode = interrupted ? 130 : 1;
}
