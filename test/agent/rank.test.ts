import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

/** The recorder with its two folders elsewhere. */
async function recorder(folder: string): Promise<string> {
  const text = await readFile('images/agent/ranks/rank.sh', 'utf8');
  const path = join(folder, 'rank');
  const moved = text
    .replace(/^ranks=.*$/m, `ranks=${folder}/ranks`)
    .replace(/^output=.*$/m, `output=${folder}/output`);
  await writeFile(path, moved, { mode: 0o755 });
  return path;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the recorder that starts a rank', function () {
  this.timeout(20_000);
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpiswarm-rank-'));
    await mkdir(join(folder, 'ranks'));
    await mkdir(join(folder, 'output'));
    path = await recorder(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  function begin(argv: readonly string[], rank = '3'): ChildProcess {
    return spawn(path, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PMIX_RANK: rank } });
  }

  async function end(child: ChildProcess): Promise<Ended> {
    const texts = { stdout: '', stderr: '' };
    child.stdout?.on('data', data => (texts.stdout += (data as Buffer).toString('latin1')));
    child.stderr?.on('data', data => (texts.stderr += (data as Buffer).toString('latin1')));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...texts };
  }

  const copy = (name: string): Promise<string> => readFile(join(folder, 'output', name), 'latin1');

  it('passes on what the program writes, byte for byte, and copies each stream', async () => {
    const script = `printf 'out \\377\\000'; echo err >&2; head -c 200000 /dev/zero | tr '\\000' x; exit 7`;
    const ended = await end(begin(['sh', '-c', script]));
    const out = `out \u00ff\u0000${'x'.repeat(200_000)}`;
    expect(ended).to.deep.equal({ code: 7, stdout: out, stderr: 'err\n' });
    expect(await copy('3.stdout')).to.equal(out);
    expect(await copy('3.stderr')).to.equal('err\n');
    expect(await readdir(join(folder, 'ranks'))).to.deep.equal(['3']);
  });

  it('has not ended before all that the program wrote was passed on', async () => {
    // A reader that begins late: mpirun may notice the end of a rank before it reads its output
    const child = begin(['sh', '-c', 'head -c 300000 /dev/zero; exit 7']);
    let ended = false;
    child.once('exit', () => (ended = true));
    await sleep(500);
    expect(ended, 'ended with its output on the way').to.equal(false);
    expect((await end(child)).stdout).to.have.length(300_000);
  });

  it('gives the program no children', async () => {
    const { stdout } = await end(begin(['sh', '-c', 'wait; ps -o comm= --ppid $$ | sort']));
    expect(stdout.trim().split('\n')).to.deep.equal(['ps', 'sort']);
  });

  it('ends by the signal by which the program crashed, and with its exit code otherwise', async () => {
    for (const [rank, signal] of ['SIGSEGV', 'SIGABRT', 'SIGFPE'].entries()) {
      const child = begin(['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`], String(rank));
      const [, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      expect(by).to.equal(signal);
    }
    expect(await end(begin(['sh', '-c', 'exit 137']))).to.include({ code: 137 });
  });

  it('keeps what a program wrote whose whole process group was killed', async () => {
    const script = 'echo last words; sleep 20';
    const env = { ...process.env, PMIX_RANK: '0' };
    const child = spawn(path, ['sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      detached: true,
    });
    const ended = end(child);
    while (!(await copy('0.stdout').catch(() => '')).includes('last words')) await sleep(20);
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    expect(await ended).to.include({ code: null, stdout: 'last words\n' });
  });

  it('keeps the last output of a program whose whole process group is asked to end', async () => {
    const child = spawn(path, ['sh', '-c', 'trap "echo last words; exit 9" TERM; echo up; sleep 20 & wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PMIX_RANK: '0' },
      detached: true,
    });
    const ended = end(child);
    while (!(await copy('0.stdout').catch(() => '')).includes('up')) await sleep(20);
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).to.deep.include({ code: 9, stdout: 'up\nlast words\n' });
    expect(await copy('0.stdout')).to.equal('up\nlast words\n');
  });

  it('passes output on unchanged when there is no folder for copies, and for processes that are not ranks', async () => {
    expect(await end(begin(['echo', 'a  b'], 'none'))).to.include({ code: 0, stdout: 'a  b\n' });
    await rm(join(folder, 'output'), { recursive: true });
    expect(await end(begin(['echo', 'a  b']))).to.include({ code: 0, stdout: 'a  b\n', stderr: '' });
  });

  it('says that a program is not there', async () => {
    const { code, stderr } = await end(begin(['no-such-program']));
    expect(code).to.equal(127);
    expect(stderr).to.equal('mpiswarm: rank 3: program not found: no-such-program\n');
  });
});
