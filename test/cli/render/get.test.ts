import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { COLUMNS } from '../../../controller/cli/render/get.js';

interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly additionalPrinterColumns: readonly PrinterColumn[] }[];
  };
}
interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

describe('the columns of a list of jobs', () => {
  it('are the printer columns of the schema', async () => {
    const text = await readFile(new URL('../../../crd-like-schemas/mpijob.yaml', import.meta.url), 'utf8');
    const crd = parse(text) as Crd;
    const wanted = crd.spec.versions[0]?.additionalPrinterColumns.map(
      ({ name, type, jsonPath, priority = 0 }) => ({
        name,
        jsonPath,
        type,
        priority,
      }),
    );
    expect(COLUMNS).to.deep.equal(wanted);
  });
});
