import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { OutputFolder } from '../../../controller/adapters/outputs/folder.js';
import { PortError } from '../../../controller/ports/errors.js';
import type { OutputChunk } from '../../../controller/ports/output-store.js';

const OUT = Buffer.from([0, 255, 10, 128]);

async function* chunks(...all: readonly OutputChunk[]): AsyncIterable<OutputChunk> {
  yield* all;
}

async function text(folder: OutputFolder, run: string): Promise<string> {
  let all = '';
  for await (const { data } of (await folder.read(run)) ?? []) all += Buffer.from(data).toString('latin1');
  return all;
}

describe('the folder of stored outputs', () => {
  let path: string;
  let folder: OutputFolder;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'mpiswarm-outputs-'));
    folder = new OutputFolder(path);
  });
  afterEach(() => rm(path, { recursive: true }));

  it('gives back what was stored: any bytes, streams and ranks apart and in order', async () => {
    const given: readonly OutputChunk[] = [
      { stream: 'stdout', data: OUT },
      { stream: 'stderr', data: Buffer.from('no newline') },
      { stream: 'stdout', data: Buffer.alloc(0) },
      { stream: 'stdout', data: OUT, rank: 131_071 },
      { stream: 'stderr', data: OUT, rank: 0 },
    ];
    await folder.store('ring-1', chunks(...given));
    const read: OutputChunk[] = [];
    for await (const chunk of (await folder.read('ring-1')) ?? []) {
      read.push({ ...chunk, data: Buffer.from(chunk.data) });
    }
    expect(read).to.deep.equal(given);
    expect([...(await folder.stored()).keys()]).to.deep.equal(['ring-1']);
  });

  it('says that nothing is stored', async () => {
    expect(await folder.read('ring-1')).to.equal(undefined);
    expect((await new OutputFolder(join(path, 'none')).stored()).size).to.equal(0);
    await folder.remove('ring-1');
  });

  it('stores nothing, and leaves nothing, when the output cannot be read to its end', async () => {
    async function* broken(): AsyncIterable<OutputChunk> {
      yield { stream: 'stdout', data: OUT };
      throw new PortError('retry', 'the engine gave 4 of 9 bytes');
    }
    let failure: unknown;
    await folder.store('ring-1', broken()).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.be.instanceOf(PortError);
    expect(await readdir(path)).to.deep.equal([]);
  });

  it('removes what an interrupted store left behind, but not what another one is writing', async () => {
    const [left, open] = [join(path, 'ring-1.log.77.tmp'), join(path, 'ring-2.log.78.tmp')];
    await writeFile(left, 'half');
    await writeFile(open, 'half');
    const before = new Date(Date.now() - 3_600_000);
    await utimes(left, before, before);
    expect((await folder.stored()).size).to.equal(0);
    expect(await readdir(path)).to.deep.equal(['ring-2.log.78.tmp']);
  });

  it('cuts an output that is larger than what may be stored, with a note', async () => {
    const small = new OutputFolder(path, { maxBytes: 10 });
    const line = { stream: 'stdout', data: Buffer.from('12345678') } as const;
    await small.store('ring-1', chunks(line, line, line));
    expect(await text(small, 'ring-1')).to.match(
      /^12345678\nmpiswarm: the output is cut here: no more than 10/,
    );
  });

  it('holds little of a large output in memory, stored or read', async function () {
    this.timeout(30_000);
    const data = Buffer.alloc(64 * 1024, 'x');
    async function* large(): AsyncIterable<OutputChunk> {
      for (let i = 0; i < 4_096; i += 1) yield { stream: 'stdout', data };
    }
    const before = process.memoryUsage().rss;
    await folder.store('ring-1', large());
    let size = 0;
    for await (const chunk of (await folder.read('ring-1')) ?? []) size += chunk.data.byteLength;
    expect(size).to.equal(256 * 1024 * 1024);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    expect(grown, 'megabytes more than before').to.be.below(150);
  });
});
