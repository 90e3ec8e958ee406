import type { Labels } from '../model/world.js';

/** The qualified name counts before the short one, which may be somebody else's; an empty value is none. */
export function nodeLabel(labels: Labels, name: string): string | undefined {
  return labels[`mpiswarm.dev/${name}`] || labels[name] || undefined;
}
