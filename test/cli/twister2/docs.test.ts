import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SCHEMA } from '../../../controller/api/types/schema.js';
import type { SchemaNode } from '../../../controller/api/types/schema-node.js';
import { fateOf } from '../../../controller/cli/twister2/find-key.js';
import { FIELDS, type FieldId, SETTING_KEYS, type SettingId } from '../../../controller/cli/twister2/keys.js';
import { keysDocs } from '../../../controller/cli/twister2/keys-docs.js';
import { IGNORED, PASSED } from '../../../controller/cli/twister2/other-keys.js';

const root = new URL('../../../', import.meta.url);
const docs = readFileSync(new URL('docs/reference/twister2.md', root), 'utf8');

describe('the table of keys', () => {
  it('is in docs/reference/twister2.md as it is', () => {
    expect(docs).to.contain(keysDocs());
  });

  it('names fields that manifests have', () => {
    for (const { field } of Object.values(FIELDS))
      expect(hasField(SCHEMA, field.split('.')), field).to.equal(true);
    expect(hasField(SCHEMA, ['spec', 'workers', 'none'])).to.equal(false);
  });

  it('says the same of each key, in whichever version it was written so', () => {
    for (const id of Object.keys(FIELDS) as FieldId[]) {
      for (const name of FIELDS[id].names) expect(fateOf(name), name).to.deep.equal({ kind: 'field', id });
    }
    for (const id of Object.keys(SETTING_KEYS) as SettingId[]) {
      for (const name of SETTING_KEYS[id].names)
        expect(fateOf(name), name).to.deep.equal({ kind: 'setting', id });
    }
    for (const { names, why } of IGNORED) {
      for (const name of names.map(some)) expect(fateOf(name), name).to.deep.equal({ kind: 'ignored', why });
    }
    for (const name of PASSED.map(some)) expect(fateOf(name), name).to.deep.equal({ kind: 'passed' });
    expect(fateOf('twister2.docker.image.nam')).to.deep.equal({
      kind: 'unknown',
      meant: 'twister2.docker.image.name',
    });
    expect(fateOf('iterations')).to.deep.equal({ kind: 'unknown' });
    expect(fateOf('class.name'), 'a key of the user').to.deep.equal({ kind: 'unknown' });
  });

  it('names no key twice', () => {
    const names = [...Object.values(FIELDS), ...Object.values(SETTING_KEYS), ...IGNORED].flatMap(
      row => row.names,
    );
    expect(new Set(names).size).to.equal(names.length);
  });
});

describe('the table of what Twister2 could do', () => {
  const rows = docs
    .split('\n')
    .filter(line => /^\| \d+ \|/.test(line))
    .map(line => line.split(' | '));

  it('has the rows 1 to 34, each with what is done here', () => {
    const numbers = Array.from({ length: 34 }, (_, i) => `| ${i + 1}`);
    expect(rows.map(([number]) => number)).to.deep.equal(numbers);
    for (const row of rows)
      expect(row.map(cell => cell.trim().length > 2).slice(1), row[0]).to.deep.equal([true, true, true]);
  });

  it('names tests that there are', () => {
    for (const [number, , , tests = ''] of rows) {
      const files = tests.replace(/ \|$/, '').split(', ');
      for (const file of files) {
        expect(file, number).to.match(/^test\/.*\.test\.ts$/);
        expect(existsSync(new URL(file, root)), `${number}: ${file}`).to.equal(true);
      }
    }
  });
});

/** A key of a family. */
function some(name: string): string {
  return name.replace(/\*$/, 'some.key');
}

function hasField(node: SchemaNode, [name = '', ...rest]: readonly string[]): boolean {
  const field = node.properties?.[name];
  return field !== undefined && (rest.length === 0 || hasField(field, rest));
}
