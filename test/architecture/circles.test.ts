import { expect } from 'chai';
import { circles, fileGraph, folderGraph } from './circles.js';
import { type Source, sources } from './sources.js';

const source = (path: string, ...to: readonly string[]): Source => ({
  path,
  text: to.map(target => `import type { A } from '${target}';`).join('\n'),
});

describe('imports', () => {
  let all: readonly Source[] = [];

  before(async () => {
    const folders = await Promise.all(['controller', 'images/agent', 'scripts'].map(sources));
    all = folders.flat();
    expect(all.length).to.be.greaterThan(300);
  });

  it('make no circle between files', () => {
    expect(circles(fileGraph(all))).to.deep.equal([]);
  });

  it('make no circle between folders', () => {
    expect(circles(folderGraph(fileGraph(all)))).to.deep.equal([]);
  });

  it('of types alone are caught making a circle between files', () => {
    const files = fileGraph([
      source('a/x.ts', './y.js'),
      source('a/y.ts', './z.js'),
      source('a/z.ts', './x.js'),
    ]);
    expect(circles(files)).to.deep.equal([['a/x.ts', 'a/y.ts', 'a/z.ts']]);
    expect(circles(folderGraph(files))).to.deep.equal([]);
  });

  it('are caught making a circle between folders whose files make none', () => {
    const files = fileGraph([source('a/x.ts', '../b/y.js'), source('b/y.ts'), source('b/z.ts', '../a/x.js')]);
    expect(circles(files)).to.deep.equal([]);
    expect(circles(folderGraph(files))).to.deep.equal([['a', 'b']]);
  });
});
