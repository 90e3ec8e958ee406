import type { RunSpec } from './protocol.js';

/** Workers of a run that are alike. */
export type RunGroup = NonNullable<RunSpec['groups']>[number];

/** The group of a worker; undefined where all workers are alike, or there is no such worker. */
export function groupAt({ groups = [] }: Pick<RunSpec, 'groups'>, index: number): RunGroup | undefined {
  let end = 0;
  return groups.find(({ workers }) => {
    end += workers;
    return index < end;
  });
}
