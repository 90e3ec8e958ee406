import type { ManifestSet } from '../api/manifest/manifests.js';
import type { Wake } from './wake.js';

/** The watched folder. */
export interface Manifests {
  /** Lists and parses the folder as it is now. Never throws: a folder that cannot be read says so in the result. */
  read(): Promise<ManifestSet>;
  onChange(wake: Wake): void;
  close(): Promise<void>;
}
