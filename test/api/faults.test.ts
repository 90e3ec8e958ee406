import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { mergeFiles } from '../../controller/api/manifest/merge-files.js';
import { formatProblem, parseManifests } from '../../controller/api/manifest/parse.js';
import { GOLDEN } from './golden.js';

const folder = new URL('bad/', import.meta.url);

describe('a faulty manifest', () => {
  it('has its words in the golden table, whatever its fault', () => {
    expect(readdirSync(folder).sort()).to.deep.equal(Object.keys(GOLDEN).sort());
  });

  for (const [file, expected] of Object.entries(GOLDEN)) {
    it(`is reported with line, column and what to do: ${file}`, () => {
      const set = mergeFiles([parseManifests(readFileSync(new URL(file, folder), 'utf8'), file)]);
      const notices = set.notices.map(notice => `notice ${formatProblem(notice)}`);
      expect([...set.problems.map(formatProblem), ...notices]).to.deep.equal(expected);
    });

    it(`points inside the file, in one short lower-case line: ${file}`, () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      const lines = text.split('\n');
      for (const problem of parseManifests(text, file).problems) {
        expect(problem.line).to.be.within(1, lines.length);
        expect(problem.column).to.be.within(1, (lines[problem.line - 1]?.length ?? 0) + 1);
        expect(problem.message).to.match(/^[a-z][^\n]{5,300}$/);
      }
    });
  }
});
