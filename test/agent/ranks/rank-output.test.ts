import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { rankFrames } from '../../../controller/shared/protocol/rank-frames.js';
import { outputBudget } from '../../../images/agent/process/output-budget.js';
import { handOver, type RankOutput } from '../../../images/agent/ranks/rank-output.js';

describe('passing on the output of ranks', () => {
  let folder: string;
  let output: RankOutput;
  let seen: string[];
  const failures: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpiswarm-copies-'));
    seen = [];
    failures.length = 0;
    const stdout = new PassThrough();
    const frames = rankFrames();
    stdout.on('data', (data: Buffer) => {
      for (const { rank, stream, data: bytes } of frames.take(data).pieces)
        seen.push(`${rank} ${stream} ${Buffer.from(bytes).toString('latin1')}`);
    });
    output = handOver(folder, { out: stdout, budget: outputBudget() }, event => failures.push(event));
  });
  afterEach(async () => {
    output.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (name: string, text: string): Promise<void> =>
    appendFile(join(folder, name), Buffer.from(text, 'latin1'));

  it('gives everything that is there, once', async () => {
    await write('0.stdout', 'one\n');
    await write('131071.stderr', '\u00ff\u0000');
    await write('0.stdout.pipe', 'not a copy');
    await output.flush();
    await output.flush();
    await write('0.stdout', 'two');
    await output.flush();
    expect(seen).to.have.members(['0 stdout one\n', '131071 stderr \u00ff\u0000', '0 stdout two']);
    expect(failures).to.deep.equal([]);
  });

  it('passes on new output soon, without being asked', async () => {
    await write('4.stdout', 'hello\n');
    for (let i = 0; i < 100 && seen.length === 0; i += 1) await sleep(20);
    expect(seen).to.deep.equal(['4 stdout hello\n']);
  });

  it('ends at the limit with a note, and takes no more room, however much is written', async () => {
    output.stop();
    const stdout = new PassThrough();
    const frames = rankFrames();
    const pieces: string[] = [];
    stdout.on('data', (data: Buffer) => {
      for (const { stream, data: bytes } of frames.take(data).pieces)
        pieces.push(`${stream} ${Buffer.from(bytes).toString('latin1')}`);
    });
    output = handOver(folder, { out: stdout, budget: outputBudget(1_000) }, event => failures.push(event));
    const file = join(folder, '0.stdout');
    const handle = await open(file, 'w');
    await handle.write('x'.repeat(1_008));
    await output.flush();
    const words =
      'mpiswarm: output cut after 1000 bytes (spec.runPolicy.outputLimit), that of all ranks in this container';
    const note = `\n${words}; the program goes on\n`;
    expect(pieces).to.deep.equal([`stdout ${'x'.repeat(1_000)}`, `stderr ${note}`]);
    for (let i = 0; i < 5; i += 1) {
      await handle.write(Buffer.alloc(2 ** 20, 'x'));
      await output.flush();
    }
    await handle.write('end');
    // As tee would, it goes on where it was: behind a hole
    const { size, blocks } = await stat(file);
    expect(size).to.equal(1_008 + 5 * 2 ** 20 + 3);
    expect(blocks * 512).to.be.below(2 ** 20);
    await handle.close();
    expect(pieces).to.have.length(2);
    expect(await output.finish(0)).to.equal(1_000 + note.length);
    expect(failures).to.deep.equal([]);
  });

  it('waits for the copying to end, but not forever', async () => {
    const pipe = join(folder, '0.stdout.pipe');
    spawnSync('mkfifo', [pipe]);
    const tee = spawn('sh', ['-c', `cat <${pipe} >/dev/null`], { stdio: 'ignore' });
    const ended = once(tee, 'exit');
    const writer = spawn('sh', ['-c', `exec sleep 20 >${pipe}`], { stdio: 'ignore' });
    await sleep(100);
    const begun = performance.now();
    await output.finish(300);
    expect(performance.now() - begun).to.be.at.least(300);
    setTimeout(() => writer.kill('SIGKILL'), 200);
    const again = performance.now();
    await write('0.stdout', 'last');
    await output.finish(10_000);
    expect(performance.now() - again).to.be.below(5_000);
    expect(seen).to.deep.equal(['0 stdout last']);
    await ended;
  });

  it('gives large output whole and in order', async () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join('');
    await write('1.stdout', text);
    await output.flush();
    const all = seen.map(piece => piece.replace('1 stdout ', '')).join('');
    expect(all === text, 'the same text').to.equal(true);
  });

  it('fails no run when its folder is gone', async () => {
    await rm(folder, { recursive: true });
    await output.flush();
    expect(failures).to.not.deep.equal([]);
  });
});
