import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { about, type Path, show } from '../types/text.js';

/** Something wrong with one place of a document. */
export interface Fault {
  readonly offset: number;
  readonly path: Path;
  /** Complete: names the field. Computed on demand: of thousands, only the first hundred are shown. */
  readonly message: () => string;
}

/** Where something is in the text, in characters from its start. */
export interface Spot {
  /** Of the key; of the value where there is no key (items of a list, the document). */
  readonly key: number;
  readonly value: number;
  /** A scalar as it is written. */
  readonly source?: string;
}

export interface Tree {
  readonly value: unknown;
  /** By JSON pointer (RFC 6901). */
  readonly spots: ReadonlyMap<string, Spot>;
  readonly faults: readonly Fault[];
}

/** Keys by which a plain JavaScript object is turned into something else when it is copied. */
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/**
 * Plain values of a document with the place of each. What is refused (aliases, repeated or forbidden keys, numbers that
 * JavaScript cannot hold) is left out of the value and reported as a fault. Never expands anything, so the result is no
 * larger than the text.
 */
export function readTree(document: Document.Parsed): Tree {
  const spots = new Map<string, Spot>();
  const faults: Fault[] = [];
  const contents = document.contents as Node | null;
  const value = contents === null ? null : read(contents, { path: [], key: offsetOf(contents) });
  return { value, spots, faults };

  function read(node: Node | null, at: { readonly path: Path; readonly key: number }): unknown {
    const offset = node === null ? at.key : offsetOf(node);
    const source = isScalar(node) && node.source !== undefined ? { source: node.source } : {};
    spots.set(pointer(at.path), { key: at.key, value: offset, ...source });
    const fault = (message: string): undefined => {
      faults.push({ offset, path: at.path, message: () => about(at.path, message) });
      return undefined;
    };
    if (isMap(node)) return readMap(node.items, at.path);
    if (isSeq(node)) {
      return node.items.map((item, i) => {
        const child = item as Node | null;
        return read(child, { path: [...at.path, i], key: child === null ? offset : offsetOf(child) });
      });
    }
    if (isAlias(node))
      return fault(`is the alias *${node.source}: aliases are not supported, write the value out in full`);
    if (!isScalar(node)) return null;
    if (typeof node.value === 'number' && !isExact(node.value)) {
      return fault(`must be a number within ±${Number.MAX_SAFE_INTEGER}, got ${show(node.source)}`);
    }
    return node.value;
  }

  function readMap(items: readonly Pair[], path: Path): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, number>();
    for (const pair of items) {
      const key = pair.key as Node | null;
      const offset = key === null ? 0 : offsetOf(key);
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      const refusal = name === undefined ? undefined : refusalOf(name, seen);
      if (name === undefined || refusal !== undefined) {
        faults.push({
          offset,
          path,
          message: () => about(path, refusal ?? 'has a key that is not a string'),
        });
        continue;
      }
      seen.set(name, offset);
      const value = read(pair.value as Node | null, { path: [...path, name], key: offset });
      if (value !== undefined) result[name] = value;
    }
    return result;
  }
}

/** RFC 6901, as the schema validator names places too. */
export function pointer(path: Path): string {
  return path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function refusalOf(name: string, seen: ReadonlyMap<string, number>): string | undefined {
  if (FORBIDDEN_KEYS.includes(name)) return `has the key ${show(name)}, which is not allowed`;
  return seen.has(name) ? `has the key ${show(name)} twice, keep one of them` : undefined;
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
