import type { ErrorObject } from 'ajv';
import { listWords } from '../../shared/list-words.js';
import { SCHEMA } from '../types/schema.js';
import type { SchemaNode } from '../types/schema-node.js';
import { dotted, nearest, type Path, show } from '../types/text.js';
import { FORMATS } from './formats.js';

/** A validator's error in words: which field, what was expected, what was found, and what to do. */
export function explain(error: ErrorObject, path: Path): string {
  const field = dotted(path);
  const node = error.parentSchema as SchemaNode;
  const got = show(error.data);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknown(path, Object.keys(node.properties ?? {}));
    case 'required':
      return `${field} is missing, expected ${named(node.properties?.[String(path.at(-1))])}`;
    case 'x-mpiswarm-any-of':
      return `${field} is missing, expected ${anyOf(node, path.slice(0, -1))}`;
    case 'type':
      return `${field} must be ${named(node)}, got ${describe(error.data)}${hint(node, error.data)}`;
    case 'enum':
      return `${field} must be ${listWords(node.enum ?? [], { last: 'or' })}, got ${got}${meant(error.data, node.enum ?? [])}`;
    case 'minimum':
      return `${field} must be at least ${node.minimum}, got ${got}`;
    case 'maximum':
      return `${field} must be at most ${node.maximum}, got ${got}`;
    case 'minItems':
      return `${field} must have at least ${node.minItems} item, got none`;
    case 'maxItems':
      return `${field} must have at most ${node.maxItems} items, got ${(error.data as readonly unknown[]).length}`;
    case 'maxLength':
      return `${field} must have at most ${node.maxLength} characters, got ${String(error.data).length}`;
    case 'pattern':
      return `${field} must be ${node['x-mpiswarm-expect']}, got ${got}`;
    case 'format':
      return `${field} ${FORMATS[node.format ?? '']?.(String(error.data))}`;
    default:
      return `${field} ${error.message}, got ${got}`;
  }
}

function unknown(path: Path, siblings: readonly string[]): string {
  const name = String(path.at(-1));
  if (path.length === 1 && name === 'status') {
    return 'status is set by mpiswarm and not allowed in a manifest, remove it';
  }
  const parent = path.slice(0, -1);
  const sibling = nearest(name, siblings);
  // Of words this short, one with another letter is mostly another word, as gpu is for cpu
  const another = name.length <= 3 && name.length === sibling?.length;
  if (sibling !== undefined && !another)
    return `unknown field ${dotted(path)}, did you mean ${dotted([...parent, sibling])}?`;
  const elsewhere = fieldNamed(name, SCHEMA, []);
  if (elsewhere !== undefined) return `unknown field ${dotted(path)}, did you mean ${elsewhere}?`;
  return `unknown field ${dotted(path)}, expected ${listWords(siblings, { last: 'or' })}`;
}

/** Where the schema has a field of exactly that name; the first place, outer ones first. */
function fieldNamed(name: string, node: SchemaNode, path: Path): string | undefined {
  const fields = Object.entries(node.properties ?? {});
  if (fields.some(([field]) => field === name)) return dotted([...path, name]);
  for (const [field, below] of fields) {
    const found = fieldNamed(name, below.items ?? below, [
      ...path,
      field,
      ...(below.items === undefined ? [] : [0]),
    ]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `a list, or spec.java`: the first field by its type, as the message already names it. */
function anyOf(node: SchemaNode, path: Path): string {
  const [first = '', ...others] = node['x-mpiswarm-any-of'] ?? [];
  const names = others.map(name => dotted([...path, name]));
  return [named(node.properties?.[first]), ...names].join(', or ');
}

function meant(value: unknown, choices: readonly string[]): string {
  const choice = typeof value === 'string' ? nearest(value, choices) : undefined;
  return choice === undefined ? '' : `, did you mean ${choice}?`;
}

const NAMES = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
} satisfies Record<SchemaNode['type'], string>;

function named(node: SchemaNode | undefined): string {
  return node === undefined ? 'a value' : NAMES[node.type];
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `${typeof value} ${show(value)}`;
}

function hint(node: SchemaNode, value: unknown): string {
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  if (node.type === 'string' && scalar) return `, write it in quotes: "${value}"`;
  const bare =
    typeof value === 'string' &&
    (/^\d{1,9}$/.test(value) ? 'integer' : /^(true|false)$/.test(value) && 'boolean');
  if (bare === node.type) return `, write it without quotes: ${value}`;
  if (node.type === 'array' && typeof value === 'string') return `, write it as a list: [${show(value)}]`;
  return '';
}
