import { inputFields, SOURCE, type SourceNode } from './source.js';

/** Keywords that only the reference, the types or our own validator use. */
const FOR_PEOPLE = ['title', 'description', 'x-mpiswarm-example', 'x-mpiswarm-output'];
const FOR_VALIDATOR = [
  'x-mpiswarm-also',
  'x-mpiswarm-any-of',
  'x-mpiswarm-expect',
  'x-mpiswarm-example',
  'x-mpiswarm-output',
];
/** Formats that exist in our validator only; an editor would warn of them. */
const OWN_FORMATS = ['cpu', 'memory', 'fraction', 'subnet', 'interface'];

/** Source of controller/api/types/schema.ts: what the validator needs, with every object closed. */
export function schemaModule(root: SourceNode): string {
  const schema = JSON.stringify(closed(root, node => without(node, FOR_PEOPLE)));
  return `// Generated from ${SOURCE} by scripts/schema/generate.ts. Do not edit: change the schema, run the generator.
import type { SchemaNode } from './schema-node.js';

/** What a manifest may say, for the validator. */
export const SCHEMA: SchemaNode = ${schema};
`;
}

/** A plain JSON Schema for editors, used by \`# yaml-language-server: $schema=…\`. */
export function editorSchema(root: SourceNode): string {
  const schema = withLists(
    closed(root, node => {
      const also = node['x-mpiswarm-also'] ?? [];
      const anyOf = node['x-mpiswarm-any-of']?.map(name => ({ required: [name] }));
      return {
        ...without(
          node,
          OWN_FORMATS.includes(node.format ?? '') ? [...FOR_VALIDATOR, 'format'] : FOR_VALIDATOR,
        ),
        ...(anyOf === undefined ? {} : { anyOf }),
        ...(also.length === 0 ? {} : { type: ['string', ...also] }),
        ...(node['x-mpiswarm-example'] === undefined ? {} : { examples: [node['x-mpiswarm-example']] }),
      };
    }),
  );
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', $comment: `Generated from ${SOURCE}` };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}

/** The schema with `convert` applied to every node, without the status, and with no room for unknown fields. */
function closed(node: SourceNode, convert: (node: SourceNode) => object): object {
  const { additionalProperties, 'x-mpiswarm-groups': groups } = node;
  return {
    ...convert(node),
    ...(node.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            inputFields(node).map(([name, field]) => [name, closed(field, convert)]),
          ),
          additionalProperties: false,
        }),
    ...(additionalProperties ? { additionalProperties: convert(additionalProperties as SourceNode) } : {}),
    ...(node.items === undefined ? {} : { items: closed(node.items, convert) }),
    ...(groups === undefined ? {} : { 'x-mpiswarm-groups': closed(groups, convert) }),
  };
}

/** What may be a list of groups too, in JSON Schema's own words. */
function withLists(schema: object): object {
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => [
    keyword,
    typeof value === 'object' && value !== null && !Array.isArray(value) ? withLists(value) : value,
  ]);
  const { 'x-mpiswarm-groups': list, ...one } = Object.fromEntries(entries) as Partial<SourceNode>;
  if (list === undefined) return one;
  const { maxItems, ...groups } = list;
  const items = {
    ...{ ...one, ...groups },
    required: [...(groups.required ?? []), ...(one.required ?? [])],
    properties: { ...groups.properties, ...one.properties },
  };
  return { anyOf: [one, { type: 'array', minItems: 1, maxItems, items }] };
}

function without(node: SourceNode, keywords: readonly string[]): object {
  return Object.fromEntries(Object.entries(node).filter(([keyword]) => !keywords.includes(keyword)));
}
