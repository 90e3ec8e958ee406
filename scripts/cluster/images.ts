import { createReadStream } from 'node:fs';
import type { NodeNames } from './lib/names.js';
import { engineClient } from './node/engine.js';

/** Longest silence: a cold disk and three engines unpacking the same gigabyte at once. */
const LOAD_MS = 600_000;

/**
 * Loads image archives (`docker save`) into every node's engine; nodes work in parallel, archives one after
 * the other.
 */
export async function loadImages(nodes: readonly NodeNames[], tars: readonly string[]): Promise<void> {
  await Promise.all(nodes.map(node => loadInto(node, tars)));
}

async function loadInto(node: NodeNames, tars: readonly string[]): Promise<void> {
  const docker = engineClient(node, LOAD_MS);
  for (const tar of tars) {
    const progress = await docker.loadImage(createReadStream(tar));
    const words: Buffer[] = [];
    for await (const chunk of progress) words.push(Buffer.from(chunk));
    const said = Buffer.concat(words).toString();
    // The engine answers 200 before it has read the archive; what went wrong later is in the stream.
    if (said.includes('"errorDetail"') || !said.includes('Loaded image')) {
      throw new Error(`load ${tar} on ${node.hostname}: ${said.trim() || 'no image in it'}`);
    }
  }
}
