import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isAsked, testFiles } from '../../scripts/test/files.js';
import { listTests } from '../../scripts/test/list.js';
import {
  choose,
  type ListedTest,
  placeOf,
  SUITES,
  suiteOf,
  TAGS,
  tagsOf,
} from '../../scripts/test/model/suites.js';

const PAGE = 'docs/reference/testing.md';
/** Loading all tests takes four seconds, and several times that beside other work. */
const LIST_MS = 120_000;

interface Row {
  readonly path: string;
  readonly suites: string;
}

/** The rows of the table of promises. */
function promised(): readonly Row[] {
  const text = readFileSync(PAGE, 'utf8');
  const table = text.slice(text.indexOf('<!-- checked by'), text.indexOf('<!-- end -->'));
  return [...table.matchAll(/^\|[^|]*\| `(test\/[^`]+)` \| ([a-z, ]+) \|$/gm)].map(
    ([, path = '', suites = '']) => ({ path, suites }),
  );
}

describe('the suites', function () {
  this.timeout(LIST_MS);
  const files = testFiles();
  let tests: readonly ListedTest[];

  before(async () => {
    tests = await listTests(files);
  });

  it('have each test in exactly one of them', () => {
    const chosen = SUITES.flatMap(suite => choose(tests, { suite, javaImage: true }));
    const always = tests.filter(({ title }) => tagsOf(title).includes('always'));
    for (const test of tests.filter(one => !always.includes(one)))
      expect(
        chosen.filter(one => one === test),
        test.title,
      ).to.have.length(1);
    for (const test of always) expect(chosen, test.title).to.include(test);
  });

  it('have a test of every file', () => {
    expect(files.filter(file => !tests.some(test => test.file === file))).to.deep.equal([]);
  });

  it('know every tag', () => {
    const unknown = tests.filter(({ title }) => tagsOf(title).some(tag => !TAGS.some(one => one === tag)));
    expect(unknown.map(({ title }) => title)).to.deep.equal([]);
  });

  it('are in the table of promises, where each file is once', () => {
    const rows = promised();
    expect(rows.length).to.be.greaterThan(20);
    for (const { path } of rows) expect(existsSync(path), path).to.equal(true);
    for (const file of files)
      expect(
        rows.filter(({ path }) => isAsked(file, [path])),
        file,
      ).to.have.length(1);
  });

  it('are those that the table names', () => {
    const suitesOf = (path: string): string => {
      const own = tests.filter(({ file }) => isAsked(file, [path]));
      const there = new Set(own.map(({ title }) => suiteOf(title, true)));
      return SUITES.filter(suite => there.has(suite)).join(', ');
    };
    const rows = promised();
    const real = rows.map(({ path }) => ({ path, suites: suitesOf(path) }));
    expect(rows, 'what the page says').to.deep.equal(real);
  });
});

describe('the suite of a test', () => {
  /** What the title has is said without the sign, or these tests would belong to other suites. */
  const cases: readonly (readonly [string, string, boolean, string])[] = [
    ['no tag', 'a job runs', true, 'test'],
    ['full', 'a job @full runs', true, 'full'],
    ['full and nightly', 'faults @full at every moment @nightly', true, 'nightly'],
    ['java, and the image is there', 'a Java job @java runs', true, 'test'],
    ['java, and the image is not there', 'a Java job @java runs', false, 'full'],
    ['an address', 'a mail to root@full.example', true, 'test'],
  ];
  for (const [has, title, javaImage, suite] of cases)
    it(`is ${suite} for a title that has ${has}`, () => {
      expect(suiteOf(title, javaImage)).to.equal(suite);
    });
});

describe('choosing tests', () => {
  const test = (file: string, title: string): ListedTest => ({ file, title });
  const tests = [
    test('test/e2e/a.test.ts', 'a runs'),
    test('test/e2e/a.test.ts', 'a runs (twice) @full'),
    test('test/e2e/a.test.ts', 'a leaves nothing @always'),
    test('test/e2e/b.test.ts', 'b leaves nothing @always'),
    test('test/e2e/b.test.ts', 'b runs @full'),
  ];
  const titles = (wanted: Parameters<typeof choose>[1]): readonly string[] =>
    choose(tests, wanted).map(({ title }) => title);

  it('takes a check of what is left wherever another test of its file runs', () => {
    expect(titles({ suite: 'test', javaImage: true })).to.deep.equal(['a runs', 'a leaves nothing @always']);
    expect(titles({ suite: 'full', javaImage: true })).to.have.length(4);
  });

  it('takes a title with brackets as it is, and a regular expression', () => {
    expect(titles({ grep: 'a runs (twice) @full', javaImage: true })).to.deep.equal(['a runs (twice) @full']);
    expect(titles({ grep: '^b (runs|waits)', javaImage: true })).to.deep.equal(['b runs @full']);
    expect(titles({ grep: '(', javaImage: true })).to.deep.equal(['a runs (twice) @full']);
  });

  it('knows by the path what a test needs', () => {
    expect(placeOf('test/e2e/faults/nodes.test.ts')).to.equal('cluster');
    expect(placeOf('test/images/images.real.test.ts')).to.equal('machine');
    expect(placeOf('test/sim/suite.sim.test.ts')).to.equal('simulation');
    expect(placeOf('test/core/model/names.test.ts')).to.equal('unit');
  });
});
