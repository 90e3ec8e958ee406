import { expect } from 'chai';
import {
  debianMirror,
  parseDeb822,
  parseSourcesList,
  sourcesListFor,
} from '../../scripts/images/apt-sources.js';

const STANZAS = `Types: deb deb-src
# a comment inside
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe('the machine’s Debian archive', () => {
  it('is found in stanzas, with updates and security', () => {
    expect(debianMirror(parseDeb822(STANZAS))).to.deep.equal({
      main: 'http://mirror.example/debian',
      updates: true,
      security: 'http://mirror.example/debian-security',
    });
  });

  it('is found in one-line sources, with options, and without security where none is configured', () => {
    const text =
      '# deb http://off.example/debian trixie main\ndeb [arch=amd64] http://mirror.example/debian stable main # here\n';
    expect(debianMirror(parseSourcesList(text))).to.deep.equal({
      main: 'http://mirror.example/debian',
      updates: false,
    });
  });

  it('is not another project’s archive', () => {
    const text =
      'deb http://node.example/node_20.x nodistro main\ndeb http://other.example/ubuntu noble main\n';
    expect(debianMirror(parseSourcesList(text))).to.equal(undefined);
  });

  it('does not count where only sources, or switched-off stanzas, name it', () => {
    const stanza = 'Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
    expect(parseDeb822(stanza)).to.deep.equal([]);
    expect(parseDeb822(STANZAS).map(({ uri }) => uri)).not.to.include('http://off.example/debian');
  });

  it('serves another release by the same addresses', () => {
    const mirror = {
      main: 'http://m.example/debian',
      updates: true,
      security: 'http://s.example/debian-security',
    };
    expect(sourcesListFor('trixie', mirror)).to.equal(
      'deb http://m.example/debian trixie main\n' +
        'deb http://m.example/debian trixie-updates main\n' +
        'deb http://s.example/debian-security trixie-security main\n',
    );
  });
});
