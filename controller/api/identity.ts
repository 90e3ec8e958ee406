import { type Document, isMap, isScalar, type Node } from 'yaml';
import { SCHEMA } from './schema.js';
import type { SchemaNode } from './schema-node.js';

/** What a document says it is. */
export type Claim =
  | { readonly kind: 'job' }
  /** Not ours; left alone, with a remark. */
  | { readonly kind: 'other'; readonly message: string }
  /** Meant to be ours, but not as it should be. */
  | { readonly kind: 'unclear'; readonly message: string; readonly offset: number };

const VERSION = 'mpiswarm.dev/v1';

/** Reads `apiVersion` and `kind` only, so a document of another kind may hold whatever it likes. */
export function claim(document: Document.Parsed): Claim {
  const root = document.contents as Node | null;
  const offset = root?.range?.[0] ?? 0;
  if (!isMap(root)) return { kind: 'unclear', message: 'a manifest must be a mapping', offset };
  const { apiVersion, kind } = fields(root);
  const version = textOf(apiVersion);
  const name = textOf(kind);
  if (version === VERSION && name === 'MPIJob') return { kind: 'job' };
  const ours = version?.startsWith('mpiswarm.dev/') === true;
  if (ours && version !== VERSION) {
    const message = `apiVersion must be ${VERSION}, got ${version}`;
    return { kind: 'unclear', message, offset: offsetOf(apiVersion, offset) };
  }
  if (ours) {
    const message =
      name === undefined ? 'kind is missing, expected MPIJob' : `kind must be MPIJob, got ${name}`;
    return { kind: 'unclear', message, offset: offsetOf(kind, offset) };
  }
  // A key without a value is the beginning of a file that is being written.
  if (version === undefined && (name === 'MPIJob' || apiVersion !== undefined || kind === null)) {
    return { kind: 'unclear', message: `apiVersion is missing, expected ${VERSION}`, offset };
  }
  return { kind: 'other', message: remark(version, name) };
}

function remark(version: string | undefined, name: string | undefined): string {
  if (version === undefined && name === undefined) {
    return `left alone: no apiVersion and kind; a job starts with apiVersion: ${VERSION} and kind: MPIJob`;
  }
  const what = `${version ?? 'no apiVersion'} ${name ?? 'no kind'}`;
  if (name !== 'MPIJob') return `left alone: ${what} is not an MPIJob of ${VERSION}`;
  return (
    `left alone: ${what} is a job of another operator; for mpiswarm write apiVersion: ${VERSION}, ` +
    'spec.image, spec.workers.replicas and spec.command'
  );
}

/** `namespace/name` where both can be read and are well-formed, whatever else is wrong with the document. */
export function identity(
  document: Document.Parsed,
): { readonly key: string; readonly offset: number } | undefined {
  const root = document.contents as Node | null;
  const metadata = fields(root)['metadata'];
  const { name, namespace } = fields(metadata);
  const [nameText, namespaceText] = [textOf(name), namespace === undefined ? 'default' : textOf(namespace)];
  const schema = SCHEMA.properties?.['metadata']?.properties;
  if (!fits(nameText, schema?.['name']) || !fits(namespaceText, schema?.['namespace'])) return undefined;
  return { key: `${namespaceText}/${nameText}`, offset: offsetOf(name, 0) };
}

function fits(text: string | undefined, schema: SchemaNode | undefined): text is string {
  if (text === undefined || schema === undefined) return false;
  return text.length <= (schema.maxLength ?? 0) && new RegExp(schema.pattern ?? '').test(text);
}

/** The first value of each key of a mapping; nothing for any other node. */
function fields(node: unknown): Readonly<Record<string, Node | null | undefined>> {
  const result: Record<string, Node | null | undefined> = Object.create(null);
  if (!isMap(node)) return result;
  for (const pair of node.items) {
    const key = textOf(pair.key);
    if (key !== undefined && result[key] === undefined) result[key] = pair.value as Node | null;
  }
  return result;
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function offsetOf(node: Node | null | undefined, otherwise: number): number {
  return node?.range?.[0] ?? otherwise;
}
