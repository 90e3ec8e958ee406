import { statusCode } from '../../../controller/adapters/docker/engine.js';
import { until } from './installation.js';

/**
 * Removes an image or a volume once no container uses it any more: a busy engine removes the container of a task some time after
 * Swarm has forgotten the task.
 */
export async function removeUnused(thing: { readonly remove: () => Promise<unknown> }): Promise<void> {
  await until('an image or a volume is not used any more', 60_000, async () => {
    try {
      await thing.remove();
      return true;
    } catch (error) {
      if (statusCode(error) !== 409) throw error;
      return undefined;
    }
  });
}
