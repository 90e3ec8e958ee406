import { withList } from '../../api/types/groups.js';
import type { MPIJob } from '../../api/types/mpijob.js';
import type { PackageContent } from '../../api/types/package.js';
import { dotted } from '../../api/types/text.js';
import { canonical } from '../text/digest.js';

/** A field that two manifests give differently; undefined where one does not give it. */
export interface FieldChange {
  /** `spec.workers.replicas`; a list counts as one field. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Every field in which two manifests of the same job differ, sorted by path. */
export function changedFields(before: MPIJob, after: MPIJob): readonly FieldChange[] {
  return compare(withList(before), withList(after), []).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The change of what is in the package, where that is one. */
export function changedPackage(
  { package: from }: Packaged,
  { package: to }: Packaged,
): readonly FieldChange[] {
  if (from?.sha256 === to?.sha256) return [];
  return [{ path: 'spec.package (content)', from: from?.sha256, to: to?.sha256 }];
}

interface Packaged {
  readonly package?: PackageContent;
}

/** True for what {@link runHash} covers: changing it makes a new run. */
export function affectsRun({ path }: FieldChange): boolean {
  return path === 'spec.runPolicy.rerun' || (path.startsWith('spec.') && !path.startsWith('spec.runPolicy.'));
}

function compare(from: unknown, to: unknown, path: readonly string[]): FieldChange[] {
  if (isFields(from) && isFields(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap(name => compare(from[name], to[name], [...path, name]));
  }
  return canonical(from) === canonical(to) ? [] : [{ path: dotted(path), from, to }];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
