import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startCommand } from '../../../images/agent/process/child-process.js';
import { outputBudget } from '../../../images/agent/process/output-budget.js';

function run(...argv: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const command = startCommand({ argv, env: { PATH: process.env['PATH'] }, graceMs: 100, stdout, stderr });
  const ended = command.ended.finally(() => {
    stdout.end();
    stderr.end();
  });
  return { command, ended, out: text(stdout), err: text(stderr) };
}

describe('the command', () => {
  it('ends with its own exit code', async () => {
    expect(await run('sh', '-c', 'exit 7').ended).to.include({ exitCode: 7, stdoutBytes: 0, tail: '' });
  });

  it('ends with 128 and the signal’s number when a signal ended it', async () => {
    expect(await run('sh', '-c', 'kill -SEGV $$').ended).to.include({ exitCode: 139, signal: 'SIGSEGV' });
  });

  it('exits with 127 and a message on standard error when it is not in the image', async () => {
    const { ended, err } = run('no-such-mpirun', '-np', '2');
    const end = await ended;
    expect(end.exitCode).to.equal(127);
    expect(await err).to.equal('no-such-mpirun: not found in the image; install it there, or correct PATH\n');
    expect(end.tail).to.match(/^no-such-mpirun: not found/);
  });

  it('ends with 126 when it is there but cannot be started', async () => {
    expect((await run('/etc/passwd').ended).exitCode).to.equal(126);
  });

  it('is passed through byte by byte and counted', async () => {
    const { ended, out } = run('sh', '-c', 'printf "a\\n\\303\\244"; printf err >&2');
    expect(await ended).to.include({ stdoutBytes: 4, stderrBytes: 3, tail: 'err' });
    expect(await out).to.equal('a\nä');
  });

  it('is cut at the limit with a note, runs on, and is counted to its end', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const argv = ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x; echo last >&2; exit 3'];
    const env = { PATH: process.env['PATH'] };
    const command = startCommand({
      argv,
      env,
      graceMs: 100,
      stdout,
      stderr,
      budget: outputBudget(1_000_000),
    });
    const [out, err] = [text(stdout), text(stderr)];
    const end = await command.ended;
    stdout.end();
    stderr.end();
    expect(end).to.include({ exitCode: 3, stdoutBytes: 3_000_000, stderrBytes: 5, keptBytes: 1_000_000 });
    expect(end.tail).to.equal('last\n');
    expect(await out).to.equal('x'.repeat(1_000_000));
    expect(await err).to.equal(
      '\nmpiswarm: output cut after 1000000 bytes (spec.runPolicy.outputLimit); the program goes on\n',
    );
  });

  it('leaves the last 4 KiB of output behind where it wrote no errors', async () => {
    const { tail, stdoutBytes } = await run('sh', '-c', 'seq 1 2000').ended;
    expect(stdoutBytes).to.equal(8893);
    expect(Buffer.byteLength(tail)).to.equal(4096);
    expect(tail.endsWith('1999\n2000\n')).to.equal(true);
  });

  it('waits for a slow reader and loses nothing', async () => {
    let taken = 0;
    const slow = new Writable({
      highWaterMark: 1024,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length;
        setTimeout(done, 5);
      },
    });
    const env = { PATH: process.env['PATH'] };
    const argv = ['sh', '-c', 'head -c 500000 /dev/zero'];
    const { ended } = startCommand({ argv, env, graceMs: 100, stdout: slow });
    expect((await ended).stdoutBytes).to.equal(500_000);
    expect(taken).to.equal(500_000);
  });

  it('is killed when it ignores the request to end', async () => {
    const { command, ended } = run('sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done');
    await sleep(100);
    command.stop();
    expect(await ended).to.include({ exitCode: 137, signal: 'SIGKILL' });
  });

  it('ends even if another process keeps its output open', async () => {
    const started = performance.now();
    expect((await run('sh', '-c', 'sleep 5 & exit 3').ended).exitCode).to.equal(3);
    expect(performance.now() - started).to.be.below(4000);
  });
});
