import type { JobRecord } from '../../core/model/record.js';
import type { GetOptions } from './get.js';

export interface GetFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly output?: 'wide' | 'json' | 'yaml';
  readonly watch?: boolean;
}

/** Namespaces are shown where they are asked for and where there are several. */
export function optionsOf(records: readonly JobRecord[], flags: GetFlags, now: number): GetOptions {
  const several = new Set(records.map(record => record.manifest.metadata.namespace)).size > 1;
  return { wide: flags.output === 'wide', namespaces: flags.allNamespaces === true || several, now };
}
