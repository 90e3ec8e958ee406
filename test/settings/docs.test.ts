import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { settingsDocs } from '../../controller/settings/docs.js';

describe('docs/reference/settings.md', () => {
  it('is what the table of settings says', async () => {
    expect(await readFile(new URL('../../docs/reference/settings.md', import.meta.url), 'utf8')).to.equal(
      settingsDocs(),
    );
  });
});
