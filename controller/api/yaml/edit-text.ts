import { isMap, isNode, isScalar, isSeq, type Pair, Scalar, type YAMLMap } from 'yaml';

/** A piece of text in place of what is between two offsets. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A field to be written: one value, or a mapping of one field. */
export interface NewField {
  readonly name: string;
  readonly value: string | boolean | { readonly name: string; readonly value: string | boolean };
}

/** The text with all changes made; they do not overlap. */
export function applied(text: string, changes: readonly Change[]): string {
  const fromLast = [...changes].sort((a, b) => b.from - a.from);
  return fromLast.reduce(
    (left, { from, to, text: piece }) => left.slice(0, from) + piece + left.slice(to),
    text,
  );
}

/** Another value for a scalar, in single quotes where it was. Undefined for what is no scalar. */
export function replacedScalar(text: string, node: unknown, value: string | boolean): Change | undefined {
  if (!isScalar(node) || !node.range) return undefined;
  const [from, to] = node.range;
  const single = node.type === Scalar.QUOTE_SINGLE && typeof value === 'string';
  const written = single ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
  // The text of a block scalar includes its last line end
  const end = /\r?\n$/.exec(text.slice(from, to))?.[0] ?? '';
  return { from, to, text: written + end };
}

/**
 * A field at the end of the mapping that a field holds, in the manner of those that it has. Undefined where there is no
 * safe place.
 */
export function appendedField(text: string, { key, value: map }: Pair, field: NewField): Change | undefined {
  if (!isMap(map)) return undefined;
  const outer = indentOf(text, startOf(key)) ?? '';
  const last = map.items.at(-1);
  if (last === undefined) return filled(map, field);
  const end = endOf(last.value ?? last.key);
  if (end === undefined) return undefined;
  const place = { map, last, outer, start: startOf(last.key), end };
  return map.flow === true ? inFlow(text, place, field) : inBlock(text, place, field);
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Where what is written of a node ends: after the last thing in it, not after the comments that follow. */
function endOf(node: unknown): number | undefined {
  if (!isNode(node)) return undefined;
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return endOf(last?.value ?? last?.key) ?? node.range?.[1];
  }
  if (isSeq(node) && node.flow !== true) return endOf(node.items.at(-1)) ?? node.range?.[1];
  return node.range?.[1];
}

interface Place {
  readonly map: YAMLMap;
  readonly last: Pair;
  /** The blanks before the field that holds the mapping. */
  readonly outer: string;
  /** Of the last key. */
  readonly start: number;
  /** Of the last value. */
  readonly end: number;
}

/** On a line of its own below the last field. */
function inBlock(text: string, { outer, start, end }: Place, field: NewField): Change | undefined {
  const indent = indentOf(text, start);
  if (indent === undefined) return undefined;
  const newline = lineEnd(text);
  const lines = blockLines(field, indent, stepOf(outer, indent)).join(newline);
  const afterLine = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1;
  if (afterLine === 0) return insert(text.length, newline + lines);
  return insert(afterLine, lines + newline);
}

function blockLines({ name, value }: NewField, indent: string, step: string): readonly string[] {
  if (typeof value !== 'object') return [`${indent}${name}: ${JSON.stringify(value)}`];
  return [`${indent}${name}:`, ...blockLines(value, indent + step, step)];
}

/** Behind the last field, with the commas, blanks and line breaks that its neighbours have. */
function inFlow(text: string, { map, last, outer, start, end }: Place, field: NewField): Change {
  const neighbour = endOf(map.items.at(-2)?.value);
  const between = neighbour === undefined ? '' : text.slice(neighbour, start);
  const colon = text.slice(endOf(last.key), startOf(last.value));
  const indent = indentOf(text, start);
  const style: FlowStyle = {
    quoted: isScalar(last.key) && last.key.type === Scalar.QUOTE_DOUBLE,
    colon: /^\s*:\s*$/.test(colon) ? colon : ': ',
    newline: lineEnd(text),
    indent,
    step: stepOf(outer, indent ?? ''),
  };
  const blank = style.colon === ':' ? '' : ' ';
  const alone = `,${indent === undefined ? blank : style.newline + indent}`;
  const separator = /^,\s*$/.test(between) ? between : alone;
  return insert(end, separator + flowField(field, style));
}

interface FlowStyle {
  readonly quoted: boolean;
  readonly colon: string;
  readonly newline: string;
  /** Undefined: fields share a line. */
  readonly indent: string | undefined;
  readonly step: string;
}

function flowField({ name, value }: NewField, style: FlowStyle): string {
  const key = `${style.quoted ? JSON.stringify(name) : name}${style.colon}`;
  if (typeof value !== 'object') return key + JSON.stringify(value);
  const { indent, newline, step } = style;
  if (indent === undefined) return `${key}{${flowField(value, style)}}`;
  const inner = flowField(value, { ...style, indent: indent + step });
  return `${key}{${newline}${indent}${step}${inner}${newline}${indent}}`;
}

/** The first field of a mapping that has none: `{}`. */
function filled(map: YAMLMap, field: NewField): Change | undefined {
  if (map.flow !== true || !map.range) return undefined;
  const style = { quoted: true, colon: ': ', newline: '', indent: undefined, step: '' };
  return { from: map.range[0], to: map.range[1], text: `{${flowField(field, style)}}` };
}

/** The blanks before that place; undefined where something else is before it on its line. */
function indentOf(text: string, offset: number): string | undefined {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** By how much a mapping is indented in the one around it. */
function stepOf(outer: string, indent: string): string {
  return indent.startsWith(outer) && indent !== outer ? indent.slice(outer.length) : '  ';
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function insert(at: number, text: string): Change {
  return { from: at, to: at, text };
}
