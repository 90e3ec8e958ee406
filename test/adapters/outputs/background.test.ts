import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BackgroundOutputs } from '../../../controller/adapters/outputs/background.js';
import { OutputFolder } from '../../../controller/adapters/outputs/folder.js';
import { LeadershipLost, PortError } from '../../../controller/ports/errors.js';
import type { OutputChunk } from '../../../controller/ports/output-store.js';

const RUN = 'ring-1a2b3c4d-1';
const CHUNK: OutputChunk = { stream: 'stdout', data: Buffer.from('hello\n') };
/** Longer than a busy disk takes for a few bytes. */
const MOMENT_MS = 250;

/** Output that ends when it is told to. */
class Slow {
  end: () => void = () => undefined;
  readonly #ended: Promise<void>;

  constructor(failure?: Error) {
    this.#ended = new Promise((resolve, reject) => {
      this.end = () => (failure ? reject(failure) : resolve());
    });
  }

  async *chunks(): AsyncIterable<OutputChunk> {
    yield CHUNK;
    await this.#ended;
    yield CHUNK;
  }
}

describe('output that takes long to be stored', () => {
  let path: string;
  let outputs: BackgroundOutputs;
  let woken: Promise<void>;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'mpiswarm-outputs-'));
    outputs = new BackgroundOutputs(new OutputFolder(path), { momentMs: MOMENT_MS, deadlineMs: 500 });
    woken = new Promise(resolve => outputs.onChange(resolve));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('is under way until it is stored, wakes then, and is not begun twice', async () => {
    const slow = new Slow();
    expect(await outputs.store(RUN, slow.chunks())).to.equal('under-way');
    expect(await outputs.store(RUN, new Slow().chunks())).to.equal('under-way');
    expect((await outputs.stored()).size).to.equal(0);
    slow.end();
    await woken;
    expect((await outputs.stored()).get(RUN)?.bytes).to.be.greaterThan(0);
  });

  it('fails at the next call when it fails in the background, and starts over at the one after', async () => {
    const slow = new Slow(new PortError('retry', 'the engine gave 6 of 12 bytes'));
    expect(await outputs.store(RUN, slow.chunks())).to.equal('under-way');
    slow.end();
    await woken;
    expect(await failureOf(outputs.store(RUN, new Slow().chunks()))).to.equal(
      'the engine gave 6 of 12 bytes',
    );
    const again = new Slow();
    again.end();
    expect(await outputs.store(RUN, again.chunks())).to.equal('stored');
  });

  it('is no failure when the term of who began it is over', async () => {
    const slow = new Slow(new LeadershipLost('the lead is lost'));
    expect(await outputs.store(RUN, slow.chunks())).to.equal('under-way');
    slow.end();
    await woken;
    const again = new Slow();
    again.end();
    expect(await outputs.store(RUN, again.chunks())).to.equal('stored');
  });

  it('is stored no more once it was removed', async () => {
    const slow = new Slow();
    expect(await outputs.store(RUN, slow.chunks())).to.equal('under-way');
    await outputs.remove(RUN);
    slow.end();
    await woken;
    expect(await readdir(path)).to.deep.equal([]);
  });

  it('is stored no more once this is closed', async () => {
    const slow = new Slow();
    expect(await outputs.store(RUN, slow.chunks())).to.equal('under-way');
    await outputs.close();
    slow.end();
    await woken;
    expect(await readdir(path)).to.deep.equal([]);
  });
});

describe('a state directory that gives no answer', () => {
  it('is waited for no longer than its time, and asked no second time meanwhile', async () => {
    let asked = 0;
    const silent = (): Promise<never> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const folder = { stored: silent, store: silent, remove: silent };
    const outputs = new BackgroundOutputs(folder, { momentMs: MOMENT_MS, deadlineMs: 30 });
    const words = 'list the stored output: the state directory gave no answer for 30 ms';
    expect(await failureOf(outputs.stored())).to.equal(words);
    expect(await failureOf(outputs.stored())).to.equal(words);
    expect(asked).to.equal(1);
    expect(await outputs.store(RUN, new Slow().chunks())).to.equal('under-way');
    expect(await failureOf(outputs.remove(RUN))).to.contain(`remove the output of run ${RUN}`);
  });
});

async function failureOf(doing: Promise<unknown>): Promise<string> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(PortError);
  return (error as PortError).message;
}
