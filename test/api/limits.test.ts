import { expect } from 'chai';
import { MAX_BYTES, parseManifests } from '../../controller/api/manifest/parse.js';
import { manifest } from './manifest.js';

/** Texts made to take long. Each as large as a file may be. */
const HOSTILE: Readonly<Record<string, string>> = {
  'open brackets': '['.repeat(MAX_BYTES),
  'closed brackets': '['.repeat(MAX_BYTES / 2) + ']'.repeat(MAX_BYTES / 2),
  'lists in lists': '- '.repeat(MAX_BYTES / 2),
  'maps in maps': '? '.repeat(MAX_BYTES / 2),
  documents: '---\n'.repeat(MAX_BYTES / 4),
  directives: '%YAML 1.1\n'.repeat(MAX_BYTES / 11),
  commas: `[${','.repeat(MAX_BYTES - 1)}`,
  aliases: '- *a\n'.repeat(MAX_BYTES / 6),
  tags: '- !a b\n'.repeat(MAX_BYTES / 8),
  colons: `{${': '.repeat(MAX_BYTES / 2 - 1)}`,
  'one key': `${'a'.repeat(MAX_BYTES - 3)}: 1`,
};

describe('hostile text', function () {
  this.timeout(20_000);

  it('over the limit is refused without being parsed: 1 MB', () => {
    const spent = processorTime();
    const text = manifest('big', `  args: ["${'x'.repeat(1_000_000)}"]\n`);
    const parsed = parseManifests(text, 'big.yaml');
    expect(spent()).to.be.below(200);
    expect(parsed.problems.map(problem => problem.message)).to.deep.equal([
      `a manifest file must have at most 262144 bytes, got ${text.length}`,
    ]);
    expect(parsed.complete).to.equal(false);
  });

  it('of 40,000 keys is refused in about a second', () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `      parameter_${i}: 1\n`).join('');
    const spent = processorTime();
    const parsed = parseManifests(manifest('keys', `  mpi:\n    mca:\n${keys}`), 'keys.yaml');
    expect(spent()).to.be.below(2_000);
    expect(parsed.problems).to.have.length(1);
  });

  it('of as many keys as a file may have takes time in proportion, and all of them are read', () => {
    const count = 15_000;
    const keys = Array.from({ length: count }, (_, i) => `      p${i}: 1\n`).join('');
    const spent = processorTime();
    const parsed = parseManifests(manifest('keys', `  mpi:\n    mca:\n${keys}`), 'keys.yaml');
    expect(spent()).to.be.below(6_000);
    expect(Object.keys(parsed.definitions[0]?.job?.manifest.spec.mpi.mca ?? {})).to.have.length(count);
  });

  it('of nothing but errors lists a hundred of them and counts the others', () => {
    const fields = Array.from({ length: 5000 }, (_, i) => `  f${i}: 1\n`).join('');
    const { problems } = parseManifests(manifest('faults', fields), 'f');
    expect(problems).to.have.length(101);
    expect(problems.at(-1)?.message).to.equal('and 4900 more problems from here on');
  });

  it('of more faulty jobs than are listed still names each of them', () => {
    const texts = Array.from({ length: 150 }, (_, i) => manifest(`job-${i}`, '  nonsense: 1\n  folly: 2\n'));
    const parsed = parseManifests(texts.join('---\n'), 'f');
    expect(new Set(parsed.problems.flatMap(problem => problem.job ?? []))).to.have.length(150);
    expect(parsed.problems.at(-1)?.message).to.equal('and 100 more problems from here on');
  });

  for (const [name, text] of Object.entries(HOSTILE)) {
    it(`of ${name} neither hangs nor throws`, () => {
      const spent = processorTime();
      const parsed = parseManifests(text, 'f');
      expect(spent()).to.be.below(10_000);
      expect(parsed.definitions).to.deep.equal([]);
      expect(parsed.problems.length).to.be.below(102);
    });
  }

  it('with more than 100 levels is refused at the place where it goes too deep', () => {
    const { problems } = parseManifests(
      manifest('deep', `  args: ${'['.repeat(120)}${']'.repeat(120)}\n`),
      'f',
    );
    expect(problems.map(({ line, message }) => [line, message])).to.deep.equal([
      [10, 'more than 100 levels of nesting'],
    ]);
  });
});

/** @returns the milliseconds of processor time that were used since; other processes do not count. */
function processorTime(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
}
