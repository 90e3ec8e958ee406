import { expect } from 'chai';
import { groupedWaits } from '../../../controller/core/status/grouped-waits.js';

const wait = (index: number, text: string, group = '') => {
  const name = `worker ${index}${group}`;
  return { for: 'ssh-ready', reason: 'SSHFailed', message: `${name}${text}`, about: name } as const;
};

const many = (count: number, textOf: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => wait(index, textOf(index)));

describe('the waits of many workers', () => {
  it('are listed one by one while they are few', () => {
    const few = many(4, () => ': not tried yet');
    expect(groupedWaits(few)).to.deep.equal(few);
  });

  it('are one line for equal texts, with the workers that it is about', () => {
    const texts = groupedWaits(many(20, index => (index < 3 ? ': refused' : ': not tried yet')));
    expect(texts.map(({ message }) => message)).to.deep.equal([
      'workers 0-2: refused',
      'workers 3-19: not tried yet',
    ]);
    expect(new Set(texts.map(({ about }) => about))).to.deep.equal(new Set(['workers']));
  });

  it('are a few texts and a number where each says something else', () => {
    const texts = groupedWaits(many(512, index => `: refused by 10.0.0.${index}`));
    expect(texts.map(({ message }) => message)).to.deep.equal([
      ...[0, 1, 2].map(index => `worker ${index}: refused by 10.0.0.${index}`),
      'and 509 more workers',
    ]);
  });

  it('are sentences', () => {
    expect(groupedWaits(many(5, () => ' is not registered'))[0]?.message).to.equal(
      'workers 0-4 are not registered',
    );
  });

  it('of groups are told apart by index, and what is about no worker stays where it is', () => {
    const launcher = {
      for: 'ssh-ready',
      reason: 'TaskMissing',
      message: 'launcher: …',
      about: 'launcher',
    } as const;
    const grouped = Array.from({ length: 6 }, (_, index) => wait(index, ': refused', ' (gpu)'));
    expect(groupedWaits([launcher, ...grouped])).to.deep.equal([
      launcher,
      { for: 'ssh-ready', reason: 'SSHFailed', message: 'workers 0-5: refused', about: 'workers' },
    ]);
  });
});
