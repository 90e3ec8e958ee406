import { packageName } from '../desired/package.js';
import { LABEL } from '../model/names.js';
import type { JobRecord } from '../model/record.js';
import type { Installation } from '../model/specs.js';
import type { PackageView, SwarmWorld } from '../model/world.js';

/**
 * What serves packages of this installation that no run needs. A run needs its package until it starts: from then on none of its
 * containers is replaced.
 */
export function unusedPackages(
  { packages }: Pick<SwarmWorld, 'packages'>,
  records: readonly JobRecord[],
  { id }: Pick<Installation, 'id'>,
): readonly PackageView[] {
  const needed = new Set(
    records.flatMap(({ package: content, status }) => {
      const run = status.runs.at(-1);
      const waits = run && run.outcome === undefined && run.startedAt === undefined;
      return content && waits ? [packageName(id, content)] : [];
    }),
  );
  return packages.filter(({ name, labels }) => labels[LABEL.installation] === id && !needed.has(name));
}
