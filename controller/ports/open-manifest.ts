import type { PortError } from './errors.js';
/** A manifest file as it was read, and the means to change it. Calls fail with a {@link PortError}. */
export interface OpenManifest {
  /** All of it, a byte order mark included: encoded again it gives the same bytes. */
  readonly text: string;
  /** Why it should be changed elsewhere, or cannot be changed here, and what to do; `canForce`: a person may have it written nevertheless. */
  readonly obstacle?: { readonly canForce: boolean; readonly message: string };
  /**
   * Replaces the text atomically, so that a reader sees the old file or the new one; mode and owner stay. Of a symbolic
   * link, the file it leads to is replaced. Fails, the file as it was, when it has changed since it was read.
   */
  replace(text: string): Promise<void>;
  /** Removes the file, or the link that leads to it. Fails as `replace` does. */
  remove(): Promise<void>;
}
