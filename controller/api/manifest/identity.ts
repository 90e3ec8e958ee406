import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { SCHEMA } from '../types/schema.js';
import type { SchemaNode } from '../types/schema-node.js';
import { show } from '../types/text.js';

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
  if (!isMap(root)) return { kind: 'unclear', message: notMapping(root), offset };
  const { apiVersion, kind } = fields(root);
  const version = textOf(apiVersion);
  const name = textOf(kind);
  if (version === VERSION && name === 'MPIJob') return { kind: 'job' };
  const unclear = (message: string, at: Node | null | undefined): Claim => {
    return { kind: 'unclear', message, offset: offsetOf(at, offset) };
  };
  // Half of the head, or a key without a value, is the beginning of a file that is being written.
  const begun = apiVersion !== undefined || kind !== undefined;
  if (begun && version === undefined)
    return unclear(`apiVersion is missing, expected ${VERSION}`, apiVersion);
  if (begun && name === undefined) return unclear('kind is missing, expected MPIJob', kind);
  if (version?.startsWith('mpiswarm.dev/')) {
    if (version !== VERSION)
      return unclear(`apiVersion must be ${VERSION}, got ${show(version)}`, apiVersion);
    return unclear(`kind must be MPIJob, got ${show(name)}`, kind);
  }
  return { kind: 'other', message: remark(version, name) };
}

function notMapping(root: Node | null): string {
  return `a manifest must be a mapping, got ${isSeq(root) ? 'a list' : 'text'}`;
}

function remark(version: string | undefined, name: string | undefined): string {
  if (version === undefined && name === undefined) {
    return `ignored: no apiVersion and kind; a job starts with apiVersion: ${VERSION} and kind: MPIJob`;
  }
  const what = `${version} ${name}`.slice(0, 80).replaceAll(/\s+/g, ' ');
  if (name !== 'MPIJob') return `ignored: ${what} is not an MPIJob of ${VERSION}`;
  return (
    `ignored: ${what} is a job of another operator; for mpiswarm write apiVersion: ${VERSION}, ` +
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
