import { inputFields, SOURCE, type SourceNode } from './source.js';

/**
 * TypeScript interfaces of the *defaulted* manifest: a field with a default is always there. One interface for each
 * titled object, in order of appearance.
 */
export function typesFile(root: SourceNode): string {
  const interfaces = new Map<string, string>();
  collect(root, interfaces);
  const head = `// Generated from ${SOURCE} by scripts/schema/generate.ts. Do not edit: change the schema, run the generator.\n`;
  return `${head}\n${[...interfaces.values()].join('\n')}`;
}

function collect(node: SourceNode, interfaces: Map<string, string>): void {
  if (node.title !== undefined && !interfaces.has(node.title)) {
    interfaces.set(node.title, interfaceOf(node.title, node));
  }
  const groups = node['x-mpiswarm-groups'];
  if (groups?.title !== undefined && node.title !== undefined)
    interfaces.set(groups.title, interfaceOf(groups.title, groups, ` extends Omit<${node.title}, 'groups'>`));
  for (const [, field] of inputFields(node)) collect(field, interfaces);
  if (node.items !== undefined) collect(node.items, interfaces);
}

const GROUPS =
  'Present where the manifest gives a list: its groups. Then `replicas` is of all of them, and the other fields are those of the first one.';

function interfaceOf(title: string, node: SourceNode, base = ''): string {
  const fields = inputFields(node).map(([name, field]) => {
    const given = field.default !== undefined || node.required?.includes(name);
    return `  /** ${field.description} */\n  readonly ${name}${given ? '' : '?'}: ${typeOf(field)};\n`;
  });
  const groups = node['x-mpiswarm-groups'];
  const list =
    groups === undefined ? '' : `  /** ${GROUPS} */\n  readonly groups?: readonly ${groups.title}[];\n`;
  return `/** ${node.description} */\nexport interface ${title}${base} {\n${fields.join('')}${list}}\n`;
}

function typeOf(node: SourceNode): string {
  if (node.title !== undefined) return node.title;
  switch (node.type) {
    case 'object':
      return '{ readonly [key: string]: string }';
    case 'array':
      return `readonly ${typeOf(itemsOf(node))}[]`;
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return node.enum === undefined ? 'string' : node.enum.map(value => `'${value}'`).join(' | ');
    default:
      return node.type satisfies never;
  }
}

function itemsOf(node: SourceNode): SourceNode {
  if (node.items === undefined) throw new Error('an array in the schema has no items');
  return node.items;
}
