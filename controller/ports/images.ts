import type { ImageState } from '../core/model/world.js';
import type { Wake } from './wake.js';

export interface ImageWant {
  readonly ref: string;
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
  /** Run id; each run resolves the image again. */
  readonly run: string;
}

/** Images on the engine: resolves a reference to what Swarm should run, pulling where the policy asks for it. */
export interface Images {
  /** What is known now, from memory, at once. */
  state(want: ImageWant): ImageState;
  /** Starts looking, and pulling where the policy asks for it, in the background; does nothing while one is under way. */
  resolve(want: ImageWant): void;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
