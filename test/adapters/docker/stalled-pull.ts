import { setTimeout as sleep } from 'node:timers/promises';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { DockerImages } from '../../../controller/adapters/images/images.js';
import type { ImageWant } from '../../../controller/ports/images.js';

/**
 * A process of its own that pulls from a registry which does not answer, says what came of it, and then has nothing to
 * do any more. Arguments: the engine's socket, the image, and `stalls` or `is closed`.
 */
const [socket = '', ref = '', how] = process.argv.slice(2);
const stalls = how === 'stalls';
const images = new DockerImages(engineClient(`unix://${socket}`), {
  now: Date.now,
  stallMs: stalls ? 300 : 600_000,
});
const want: ImageWant = { ref, policy: 'Always', run: 'first' };
images.resolve(want);
if (stalls) {
  images.onChange(() => {
    const state = images.state(want);
    console.log(state.state === 'unavailable' ? state.error : state.state);
  });
} else {
  await sleep(100);
  const state = images.state(want);
  console.log(state.state === 'resolving' ? state.progress : state.state);
  await images.close();
}
