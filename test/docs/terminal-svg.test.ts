import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { terminalSvg } from '../../scripts/screenshot/svg.js';

const rows = (svg: string): readonly string[] => svg.split('\n').filter(line => line.startsWith('<text y="'));

describe('a terminal as a picture', () => {
  it('puts each word where its column is, whatever the font', () => {
    const [row = ''] = rows(terminalSvg('ring   done\n', 40, 'title'));
    expect(row).to.match(
      /<text y="\d+" x="16" textLength="32" [^>]*>ring<\/text><text y="\d+" x="72" textLength="32" [^>]*>done</,
    );
  });

  it('shows colours and bold, and ends them where they end', () => {
    const [row = ''] = rows(
      terminalSvg('\u001b[32mok\u001b[39m  \u001b[1mbold\u001b[22m  plain', 40, 'title'),
    );
    const fills = [...row.matchAll(/fill="(#\w+)"( font-weight="bold")?>(\w+)/g)].map(m => [
      m[3],
      m[2] !== undefined,
    ]);
    expect(fills).to.deep.equal([
      ['ok', false],
      ['bold', true],
      ['plain', false],
    ]);
    expect(new Set([...row.matchAll(/fill="(#\w+)"/g)].map(m => m[1])).size).to.equal(2);
  });

  it('continues a long line in the next row, as a terminal does', () => {
    expect(rows(terminalSvg('abcdefgh', 5, 'title'))).to.have.length(2);
    expect(terminalSvg('abcde', 5, 'title').match(/height="(\d+)"/)?.[1]).to.not.equal(
      terminalSvg('abcdefgh', 5, 'title').match(/height="(\d+)"/)?.[1],
    );
  });

  it('writes text as text', () => {
    expect(terminalSvg('<b> & "c"', 40, '<t>'))
      .to.contain('&lt;b&gt; &amp; "c"')
      .and.to.contain('&lt;t&gt;');
  });

  it('refuses a style that it cannot show', () => {
    expect(() => terminalSvg('\u001b[45mx', 40, 'title')).to.throw("no picture for the terminal's style 45");
  });

  it('shows a run that succeeded in docs/terminal.svg', () => {
    const picture = readFileSync(new URL('../../docs/terminal.svg', import.meta.url), 'utf8');
    expect(picture).to.contain('>mpiswarm get<').and.to.contain('Succeeded');
  });
});
