import type { PackageWant } from '../core/model/specs.js';
import type { Delivery } from '../core/model/world.js';
import type { Wake } from './wake.js';

/** Job packages, on their way from the folder of manifests to the containers of a run. */
export interface Packages {
  /** What is known now of the container of that name, from memory, at once. */
  delivery(name: string): Delivery;
  /**
   * Starts, in the background, to make the container that serves a package, to put all of it in, and to attach it to the
   * network; does nothing while that is under way. What is there already stays. Such a container runs when it is complete.
   * @param credential what agents have to show, as `user:password`.
   */
  offer(want: PackageWant, credential: string): void;
  /** Removing what does not exist is success. */
  remove(id: string): Promise<void>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
