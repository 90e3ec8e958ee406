import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { createTwoFilesPatch } from 'diff';
import { fileOf, GOLDEN, golden, transcript } from './golden.js';

describe('a simulated plan', () => {
  for (const id of GOLDEN) {
    it(`${id} is carried out and stored as in its transcript`, async () => {
      const [known, now] = [await golden(id), await transcript(id)];
      if (now === known) return;
      const patch = createTwoFilesPatch('checked in', 'now', known, now);
      throw new Error(`${id}\n${patch}\nIf that is meant: npm run sim -- --golden`);
    });
  }

  it('has a transcript of each plan, and no other', async () => {
    const files = await readdir(new URL('golden/', import.meta.url));
    expect(files.sort()).to.deep.equal(GOLDEN.map(id => fileOf(id).pathname.split('/').at(-1)).sort());
  });
});
