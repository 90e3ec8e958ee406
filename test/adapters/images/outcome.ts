import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageState } from '../../../controller/core/model/world.js';
import type { Images, ImageWant } from '../../../controller/ports/images.js';

const DEADLINE_MS = 25_000;

type Settled = Exclude<ImageState, { readonly state: 'unknown' | 'resolving' }>;

/** Asks for an image and waits until it is known whether it is there; throws after 25 s. */
export async function outcomeOf(images: Images, want: ImageWant): Promise<Settled> {
  images.resolve(want);
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const state = images.state(want);
    if (state.state === 'resolved' || state.state === 'unavailable') return state;
    if (performance.now() > end) throw new Error(`${want.ref}: still ${JSON.stringify(state)}`);
    await sleep(5);
  }
}

/** What the image resolves to; throws with the engine's words where it does not. */
export async function pinnedOf(images: Images, want: ImageWant): Promise<string> {
  const state = await outcomeOf(images, want);
  if (state.state === 'resolved') return state.pinned;
  throw new Error(`${want.ref}: ${state.error}`);
}

/** Why the image is not to be had; throws where it is. */
export async function errorOf(images: Images, want: ImageWant): Promise<string> {
  const state = await outcomeOf(images, want);
  if (state.state === 'unavailable') return state.error;
  throw new Error(`${want.ref}: resolved to ${state.pinned}`);
}
