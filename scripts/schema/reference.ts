import { inputFields, SOURCE, type SourceNode } from './source.js';

interface Section {
  readonly path: string;
  readonly node: SourceNode;
  /** Path of the object whose fields are these of this one too. */
  readonly also?: string;
}

/** docs/reference/manifest.md: `example` is the text of a minimal manifest, `full` of one with every field. */
export function reference(root: SourceNode, example: string, full: string): string {
  return `<!-- Generated from ${SOURCE} by scripts/schema/generate.ts. Do not edit: change the schema, run the generator. -->

# Manifest reference

${root.description} Everything else has a default or may be left out. Fields that are not
listed here are refused, and the message suggests the field that you may have meant.

A file may hold several documents, in YAML or JSON. Documents of other kinds are ignored. Aliases, custom tags,
directives, duplicate keys and files over 256 KiB are refused.

## The shortest manifest

\`\`\`yaml
${withoutComments(example)}\`\`\`

For completion and hints in an editor with a YAML language server, make this the first line:

\`\`\`yaml
# yaml-language-server: $schema=../crd-like-schemas/mpijob.schema.json
\`\`\`

${sections({ path: '', node: root }).map(section).join('\n')}
## Every field

\`\`\`yaml
${full}\`\`\`
`;
}

function withoutComments(yaml: string): string {
  return yaml.replaceAll(/^#.*\n/gm, '').replaceAll(/ +#.*$/gm, '');
}

/** The object itself, then the objects in it, in order of appearance. */
function sections({ path, node }: Section): readonly Section[] {
  const children = inputFields(node).flatMap(([name, field]) => {
    const below = path === '' ? name : `${path}.${name}`;
    if (field.items?.properties !== undefined) return sections({ path: `${below}[]`, node: field.items });
    return field.properties === undefined ? [] : sections({ path: below, node: field });
  });
  const groups = node['x-mpiswarm-groups'];
  const list = groups === undefined ? [] : [{ path: `${path}[]`, node: groups, also: path }];
  return [{ path, node }, ...list, ...children];
}

function section({ path, node, also }: Section): string {
  const rows = inputFields(node).map(([name, field]) => {
    const required = node.required?.includes(name) ? '**required**' : defaultOf(field);
    return `| \`${name}\` | ${typeOf(field)} | ${required} | ${meaning(field)} |`;
  });
  return `## ${path === '' ? 'The document' : `\`${path}\``}

${node.description}

| field | type | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
${also === undefined ? '' : `\nAll fields of \`${also}\` besides.\n`}`;
}

function defaultOf(field: SourceNode): string {
  return field.default === undefined ? '–' : `\`${JSON.stringify(field.default).replaceAll('"', '')}\``;
}

function meaning(field: SourceNode): string {
  const example = field['x-mpiswarm-example'];
  const expected = field['x-mpiswarm-expect'] ?? field.items?.['x-mpiswarm-expect'];
  return [
    field.description,
    expected === undefined ? '' : `Must be ${expected}.`,
    field.maxLength === undefined ? '' : `At most ${field.maxLength} characters.`,
    example === undefined
      ? ''
      : `Example: \`${typeof example === 'string' ? example : JSON.stringify(example)}\``,
  ]
    .filter(part => part !== '')
    .join(' ')
    .replaceAll('|', '\\|');
}

function typeOf(field: SourceNode): string {
  if (field.enum !== undefined) return field.enum.map(value => `\`${value}\``).join(', ');
  if (field.type === 'array')
    return `list of ${field.items?.properties === undefined ? plural(field.items) : 'objects'}`;
  if (field['x-mpiswarm-groups'] !== undefined) return 'object, or list of objects';
  if (field.type === 'object') return field.properties === undefined ? 'map of strings' : 'object';
  if (field.format === 'cpu' || field.format === 'memory') return 'quantity';
  if (field.type === 'integer') return `integer${rangeOf(field)}`;
  return field.type;
}

function plural(items: SourceNode | undefined): string {
  return items?.type === 'integer' ? `integers${rangeOf(items)}` : 'strings';
}

function rangeOf({ minimum, maximum }: SourceNode): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? ` ≥ ${minimum}` : ` ${minimum}–${maximum}`;
}
