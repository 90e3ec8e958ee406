import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { SchemaNode } from '../../controller/api/types/schema-node.js';

/** A node of the CRD's schema as it is written, with what only people read. */
export interface SourceNode extends SchemaNode {
  readonly title?: string;
  readonly description: string;
  readonly properties?: Readonly<Record<string, SourceNode>>;
  readonly items?: SourceNode;
  readonly 'x-mpiswarm-groups'?: SourceNode;
  readonly 'x-mpiswarm-example'?: unknown;
  readonly 'x-mpiswarm-output'?: boolean;
}

/** Path of the one source, from the project's root. */
export const SOURCE = 'crd-like-schemas/mpijob.yaml';

/** The schema of version v1 in {@link SOURCE}. */
export function readSource(): SourceNode {
  const crd = parse(readFileSync(new URL(`../../${SOURCE}`, import.meta.url), 'utf8'), { merge: true });
  return crd.spec.versions[0].schema.openAPIV3Schema;
}

/** The fields that a manifest may have, which leaves out the status. */
export function inputFields(node: SourceNode): readonly (readonly [string, SourceNode])[] {
  return Object.entries(node.properties ?? {}).filter(([, field]) => field['x-mpiswarm-output'] !== true);
}
