import { expect } from 'chai';
import { lines } from '../../../controller/cli/logs/log-lines.js';
import type { OutputChunk } from '../../../controller/ports/output-store.js';

async function read(...chunks: readonly OutputChunk[]): Promise<readonly string[]> {
  const found: string[] = [];
  async function* given(): AsyncIterable<OutputChunk> {
    yield* chunks;
  }
  for await (const { stream, data } of lines(given())) found.push(`${stream} ${Buffer.from(data)}`);
  return found;
}

const out = (text: string): OutputChunk => ({ stream: 'stdout', data: Buffer.from(text) });
const err = (text: string): OutputChunk => ({ stream: 'stderr', data: Buffer.from(text) });

describe('output in lines', () => {
  it('joins what belongs to one line of one stream, and gives a last line without an end last', async () => {
    expect(await read(out('a'), err('x\ny'), out('b\n\nc'), err('z\n'), out('d'))).to.deep.equal([
      'stderr x\n',
      'stdout ab\n',
      'stdout \n',
      'stderr yz\n',
      'stdout cd',
    ]);
  });

  it('gives a line that is longer than 1 MiB in parts', async () => {
    const piece = 'A'.repeat(300 * 1024);
    const found = await read(...Array.from({ length: 8 }, () => out(piece)), out('\nnext\n'));
    const sizes = found.map(line => line.length - 'stdout '.length);
    expect(sizes).to.deep.equal([1024 * 1024, 1024 * 1024, 8 * 300 * 1024 - 2 * 1024 * 1024 + 1, 5]);
  });
});
