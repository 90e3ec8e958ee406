import { expect } from 'chai';
import { packageProblem } from '../../../controller/api/types/package.js';

describe('the path of a package', () => {
  for (const path of ['app', 'app/', './app', 'a/b.jar', '.packages/app.tgz', 'a..b', '...']) {
    it(`may be ${path}`, () => {
      expect(packageProblem(path)).to.equal(undefined);
    });
  }

  for (const path of ['', '.', './', '/app', '..', '../app', 'a/../../b', 'a/..', 'a/../b', 'a\nb', 'a\0b']) {
    it(`may not be ${JSON.stringify(path)}`, () => {
      expect(packageProblem(path)).to.match(
        /^must be a path below the manifest's own folder, without "\.\.", got /,
      );
    });
  }
});
