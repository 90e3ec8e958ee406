import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { formatProblem, parseManifests } from '../../controller/api/manifest/parse.js';
import { stale } from '../../scripts/schema/generate.js';

const folder = new URL('../../manifests/', import.meta.url);

describe('examples', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.yaml'),
  );

  it('are the ones that the documentation names', () => {
    expect(files.sort()).to.deep.equal([
      'command.yaml',
      'full.yaml',
      'groups.yaml',
      'npernode.yaml',
      'package.yaml',
      'pi.yaml',
      'ring-openmpi4.yaml',
      'ring.yaml',
      'twister2/hello-world.yaml',
      'twister2/ring-java.yaml',
      'worker0.yaml',
    ]);
  });

  for (const file of files) {
    it(`${file} is a valid manifest named after its file`, () => {
      const parsed = parseManifests(readFileSync(new URL(file, folder), 'utf8'), file);
      expect(parsed.problems.map(formatProblem)).to.deep.equal([]);
      expect(parsed.notices).to.deep.equal([]);
      expect(parsed.definitions.map(definition => definition.job?.manifest.metadata.name)).to.deep.equal([
        basename(file, '.yaml'),
      ]);
    });
  }

  it('are valid in an editor too', async () => {
    const { Ajv } = await import('ajv');
    const { parse } = await import('yaml');
    const schema = readFileSync(
      new URL('../../crd-like-schemas/mpijob.schema.json', import.meta.url),
      'utf8',
    );
    const fits = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(schema));
    for (const file of files) {
      const manifest = parse(readFileSync(new URL(file, folder), 'utf8'));
      expect(fits(manifest), `${file}: ${JSON.stringify(fits.errors)}`).to.equal(true);
    }
    const nameless = parse(readFileSync(new URL('groups.yaml', folder), 'utf8'));
    delete nameless.spec.workers[1].name;
    expect(fits(nameless), 'a group without a name').to.equal(false);
  });

  it('can be dropped into one folder together', () => {
    const parsed = files.map(file => parseManifests(readFileSync(new URL(file, folder), 'utf8'), file));
    const set = mergeFiles(parsed);
    expect(set.problems).to.deep.equal([]);
    expect(set.jobs).to.have.length(files.length);
  });

  it('full.yaml gives every field of the schema', async () => {
    const { SCHEMA } = await import('../../controller/api/types/schema.js');
    const { parse } = await import('yaml');
    const full = parse(readFileSync(new URL('full.yaml', folder), 'utf8'));
    expect(missing(SCHEMA, full, '')).to.deep.equal(['.spec.mpi.npernode', '.spec.java']);
  });
});

function missing(
  schema: import('../../controller/api/types/schema-node.js').SchemaNode,
  value: unknown,
  path: string,
): string[] {
  if (value === undefined) return [path];
  const { items } = schema;
  if (items !== undefined) {
    // What one of them has need not be in all
    const each = (value as unknown[]).map(item => missing(items, item, `${path}[]`));
    return each[0]?.filter(field => each.every(fields => fields.includes(field))) ?? [];
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    missing(field, (value as Record<string, unknown>)[name], `${path}.${name}`),
  );
}

describe('generated files', () => {
  it('are what the schema gives', function () {
    this.timeout(20_000);
    expect(stale()).to.deep.equal([]);
  });
});
