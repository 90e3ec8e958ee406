import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { archive, cached, keep, listCache, withLock } from '../../scripts/images/cache.js';

const silent = (): void => undefined;

describe('the cache of images', () => {
  let root: string;
  const outer = process.env['MPISWARM_CACHE'];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-cache-test-'));
    process.env['MPISWARM_CACHE'] = root;
  });
  afterEach(() => {
    if (outer === undefined) delete process.env['MPISWARM_CACHE'];
    else process.env['MPISWARM_CACHE'] = outer;
    rmSync(root, { recursive: true });
  });

  it('gives back what was put in, and lists it', async () => {
    writeFileSync(join(root, 'made.tar'), 'content');
    const image = await keep('ring-1', { ref: 'mpiswarm/ring:1', id: 'sha256:1' }, join(root, 'made.tar'));
    expect(await cached('ring-1')).to.deep.equal(image);
    expect(await listCache()).to.deep.equal([image]);
    expect(existsSync(image.tar)).to.equal(true);
  });

  it('does not count an archive whose description was never written', async () => {
    mkdirSync(join(root, 'images'));
    writeFileSync(archive('ring-1'), 'half');
    expect(await cached('ring-1')).to.equal(undefined);
    expect(await listCache()).to.deep.equal([]);
  });

  it('lets one at a time work, on an empty folder that is removed afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async (dir: string): Promise<string> => {
      most = Math.max(most, ++inside);
      writeFileSync(join(dir, 'file'), '', { flag: 'wx' });
      await new Promise(resolve => setTimeout(resolve, 20));
      inside--;
      return dir;
    };
    const dirs = await Promise.all([1, 2, 3].map(() => withLock({ say: silent }, work)));
    expect(most).to.equal(1);
    expect(existsSync(dirs[0] ?? '')).to.equal(false);
  });

  it('passes the lock on when work fails', async () => {
    const failed = await withLock({ say: silent }, () => Promise.reject(new Error('no'))).then(
      () => undefined,
      String,
    );
    expect(failed).to.equal('Error: no');
    expect(await withLock({ say: silent }, () => Promise.resolve('yes'))).to.equal('yes');
  });

  it('passes the lock on when its holder is killed, and removes what that one left', async () => {
    const url = new URL('../../scripts/images/cache.ts', import.meta.url);
    const script = `
      const { withLock } = await import('${url}');
      const { writeFileSync } = await import('node:fs');
      await withLock({ say: console.error }, dir => { writeFileSync(dir + '/left', ''); console.log('held'); return new Promise(() => setInterval(() => {}, 1e6)); });`;
    const holder = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env },
    });
    await once(holder.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
    const said: string[] = [];
    const next = withLock({ say: line => said.push(line) }, dir =>
      Promise.resolve(existsSync(join(dir, 'left'))),
    );
    await new Promise(resolve => setTimeout(resolve, 1_500));
    expect(said).to.deep.equal([`waiting for process ${holder.pid}, which is building images`]);
    holder.kill('SIGKILL');
    expect(await next).to.equal(false);
  }).timeout(30_000);
});
