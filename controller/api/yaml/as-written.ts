import type { SchemaNode } from '../types/schema-node.js';
import type { Path } from '../types/text.js';
import { pointer, type Tree } from './tree.js';

/**
 * `tree.value` with numbers and booleans replaced by their text where the schema says so (`x-mpiswarm-also`):
 * `cpu: 0.50` becomes "0.50". Changes the value in place, and returns it.
 */
export function asWritten(schema: SchemaNode, tree: Tree): unknown {
  return visit(schema, tree.value, []);

  function visit(node: SchemaNode, value: unknown, path: Path): unknown {
    if (node['x-mpiswarm-also']?.some(type => type === typeof value)) {
      return tree.spots.get(pointer(path))?.source ?? String(value);
    }
    if (Array.isArray(value)) {
      const { items } = node;
      if (items !== undefined)
        value.forEach((item, i) => {
          value[i] = visit(items, item, [...path, i]);
        });
    } else if (typeof value === 'object' && value !== null) {
      const fields = value as Record<string, unknown>;
      for (const [name, field] of Object.entries(fields)) {
        const below = fieldSchema(node, name);
        if (below !== undefined) fields[name] = visit(below, field, [...path, name]);
      }
    }
    return value;
  }
}

function fieldSchema(node: SchemaNode, name: string): SchemaNode | undefined {
  if (node.properties !== undefined)
    return Object.hasOwn(node.properties, name) ? node.properties[name] : undefined;
  return node.additionalProperties === false ? undefined : node.additionalProperties;
}
