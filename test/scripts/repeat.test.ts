import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { quoted, repeatCommand } from '../../scripts/test/report/repeat.js';

describe('the command that repeats a failure', () => {
  it('names the file and the full title, and needs no root for a unit test', () => {
    expect(repeatCommand({ file: 'test/core/model/names.test.ts', grep: 'names fit' })).to.equal(
      "npm run test:unit -- test/core/model/names.test.ts --grep 'names fit'",
    );
    expect(repeatCommand({ file: 'test/e2e/logs.test.ts', grep: '' })).to.equal(
      'npm test -- test/e2e/logs.test.ts',
    );
  });

  for (const word of ["worker's node", 'a $HOME `ls` "b" \\n *', '-x', 'plain'])
    it(`reaches a program as it is: ${word}`, () => {
      const printed = execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' });
      expect(printed).to.equal(word);
    });
});
