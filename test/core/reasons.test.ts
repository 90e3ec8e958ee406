import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const CORE = new URL('../../controller/core/', import.meta.url);

/** Reasons that the core's text gives, as literals: of waiting, of ends and of events. */
function reasons(): readonly string[] {
  const texts = readdirSync(CORE, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(new URL(file, CORE), 'utf8'));
  const forms = [
    /\breason: '([A-Z]\w+)'/g,
    /\bfailed\('([A-Z]\w+)'/g,
    /\bexport const [A-Z_]+ = '([A-Z]\w+)'/g,
  ];
  const found = texts.flatMap(text =>
    forms.flatMap(form => [...text.matchAll(form)].map(match => match[1] ?? '')),
  );
  return [...new Set([...found, 'CommandNotFound', 'NonZeroExitCode'])].sort();
}

describe('docs/reference/reasons.md', () => {
  it('names every reason that a person may see', () => {
    const page = readFileSync(new URL('../../docs/reference/reasons.md', import.meta.url), 'utf8');
    const all = reasons();
    expect(all).to.include.members(['SSHFailed', 'WorkerLost', 'BackOff']);
    expect(all.filter(reason => !page.includes(`\`${reason}\``))).to.deep.equal([]);
  });
});
