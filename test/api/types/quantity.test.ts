import { expect } from 'chai';
import { parseCpu, parseMemory, readCpu, readMemory } from '../../../controller/api/types/quantity.js';

describe('quantities', () => {
  const cpus: readonly (readonly [string, number])[] = [
    ['500m', 500_000_000],
    ['2', 2_000_000_000],
    ['0.1', 100_000_000],
    ['1.1', 1_100_000_000],
    ['1e0', 1_000_000_000],
    ['1000000n', 1_000_000],
    ['1.0000000001', 1_000_000_001],
    ['250000u', 250_000_000],
  ];
  for (const [text, nano] of cpus) {
    it(`reads ${text} cpu as ${nano} nano-cpus`, () => expect(parseCpu(text)).to.equal(nano));
  }

  const bytes: readonly (readonly [string, number])[] = [
    ['512Mi', 536_870_912],
    ['1G', 1_000_000_000],
    ['1.5Gi', 1_610_612_736],
    ['4194304', 4_194_304],
    ['5e6', 5_000_000],
    ['5000k', 5_000_000],
    ['1Ti', 2 ** 40],
    ['4194304001m', 4_194_305],
  ];
  for (const [text, count] of bytes) {
    it(`reads ${text} memory as ${count} bytes`, () => expect(parseMemory(text)).to.equal(count));
  }

  const refused: readonly (readonly [(text: string) => unknown, string, string])[] = [
    [readMemory, '512MB', 'must be a memory quantity such as 512Mi or 1G, got "512MB", did you mean 512M?'],
    [readMemory, '1g', 'must be a memory quantity such as 512Mi or 1G, got "1g", did you mean 1G?'],
    [readMemory, '512 Mi', 'must be a memory quantity such as 512Mi or 1G, got "512 Mi"'],
    [readMemory, '-1Gi', 'must be a memory quantity such as 512Mi or 1G, got "-1Gi"'],
    [readMemory, '64', 'must be at least 4Mi, got "64"'],
    [readMemory, '9E', 'must be a smaller quantity, got "9E"'],
    [readCpu, '', 'must be a cpu quantity such as 500m or 2, got ""'],
    [readCpu, '1 core', 'must be a cpu quantity such as 500m or 2, got "1 core"'],
    [readCpu, '0', 'must be at least 1m, got "0"'],
  ];
  for (const [read, text, error] of refused) {
    it(`refuses ${JSON.stringify(text)} in words`, () =>
      expect(read(text)).to.deep.equal({ ok: false, error }));
  }

  it('throws for text that was not validated', () => {
    expect(() => parseCpu('two')).to.throw(RangeError, 'must be a cpu quantity');
  });
});
