import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  parseClaim,
  parseController,
  parseLauncherReport,
  parsePlacement,
  parseRank,
  parseRegistration,
  parseResult,
  parseStartToken,
  parseTerm,
} from '../../controller/adapters/zookeeper/znodes/records.js';

const VERSIONS = ['0.1.0'];

/** By the first part of the znode's name. Agents of an older version go on while a new controller takes over, and the other way round. */
const PARSERS: Readonly<Record<string, (data: Buffer) => unknown>> = {
  workers: parseRegistration,
  launcher: parseLauncherReport,
  placement: parsePlacement,
  ranks: parseRank,
  start: parseStartToken,
  claim: parseClaim,
  result: parseResult,
  controller: parseController,
  term: parseTerm,
};

describe('what agents, programs and controllers wrote', () => {
  for (const version of VERSIONS) {
    const file = new URL(`${version}/znodes.json`, import.meta.url);
    const znodes = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, object>>);
    for (const [name, value] of znodes) {
      it(`of version ${version} into the znode ${name} is read whole`, () => {
        const parse = PARSERS[name.split('/')[0] ?? ''];
        expect(parse?.(Buffer.from(JSON.stringify(value)))).to.deep.equal(value);
      });
    }

    it(`of version ${version} is there for every kind`, () => {
      const kinds = znodes.map(([name]) => name.split('/')[0]);
      expect([...new Set(kinds)].sort()).to.deep.equal(Object.keys(PARSERS).sort());
    });
  }
});
