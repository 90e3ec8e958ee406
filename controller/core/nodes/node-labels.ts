import type { Labels } from '../model/world.js';

/** The qualified name wins over the short one, which may not be ours; an empty value counts as absent. */
export function nodeLabel(labels: Labels, name: string): string | undefined {
  return labels[`mpiswarm.dev/${name}`] || labels[name] || undefined;
}
