import { posix } from 'node:path';
import { show } from './text.js';

/** What is in a job's package. Equal files give an equal digest, whatever their owners and times. */
export interface PackageContent {
  /** Of the archive that containers get, in hexadecimal digits. */
  readonly sha256: string;
  /** Size of that archive. */
  readonly bytes: number;
}

/** What was found of a job's package. */
export type PackageState =
  | { readonly state: 'ready'; readonly content: PackageContent }
  /** It may still be being written, or has not been read yet. */
  | { readonly state: 'unsettled' }
  | { readonly state: 'unusable'; readonly message: string };

/** What is wrong with the path of a package; undefined when it leads below the manifest's own folder. */
export function packageProblem(path: string): string | undefined {
  const inside = posix.normalize(path).replace(/\/$/, '');
  const leaves = path.split('/').includes('..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (path !== '' && !posix.isAbsolute(path) && !leaves && inside !== '.' && !/[\u0000-\u001f]/.test(path))
    return undefined;
  return `must be a path below the manifest's own folder, without "..", got ${show(path)}`;
}
