import { dirname } from 'node:path';
import { expect } from 'chai';
import { type Source, sources } from './sources.js';

const MOST_LINES = 250;
const MOST_FILES = 16;
/** Written by `npm run generate`. */
const GENERATED = ['controller/api/types/mpijob.ts', 'controller/api/types/schema.ts'];

describe('the size', () => {
  let all: readonly Source[] = [];

  before(async () => {
    const folders = await Promise.all(['controller', 'images/agent', 'scripts'].map(sources));
    all = folders.flat().filter(({ path }) => !GENERATED.includes(path));
  });

  it(`of a file is at most ${MOST_LINES} lines`, () => {
    const long = all.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      return lines > MOST_LINES ? [`${path}: ${lines}`] : [];
    });
    expect(long).to.deep.equal([]);
  });

  it(`of a folder is at most ${MOST_FILES} files`, () => {
    const files = new Map<string, number>();
    for (const { path } of all) files.set(dirname(path), (files.get(dirname(path)) ?? 0) + 1);
    const full = [...files].filter(([, count]) => count > MOST_FILES);
    expect(full).to.deep.equal([]);
  });
});
