import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { manifest } from '../../api/manifest.js';
import { Watched } from './support/watched.js';

describe('a folder for which inotify has no room', function () {
  this.timeout(60_000);
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-limits-'));
    for (const team of ['a', 'b', 'c', 'd']) mkdirSync(join(root, team));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  for (const [limit, count, words] of [
    ['max_inotify_watches', 3, 'no inotify watch is left, raise fs.inotify.max_user_watches'],
    ['max_inotify_instances', 0, 'no inotify instance is left, raise fs.inotify.max_user_instances'],
  ] as const) {
    it(`(${limit}) is polled, says so, and misses no change`, async () => {
      // A user namespace has limits of its own, so the machine's stay as they are
      const script = fileURLToPath(new URL('support/watch-and-print.ts', import.meta.url));
      const shell = `echo ${count} > /proc/sys/user/${limit} && exec "$@"`;
      const argv = [
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        shell,
        'sh',
        process.execPath,
        '--import=tsx',
        script,
        root,
      ];
      const child = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data: Buffer) => (said += data.toString()));
      const says = async (what: string): Promise<void> => {
        for (let i = 0; i < 300 && !said.includes(what); i += 1) await sleep(50);
        expect(said).to.contain(what);
      };
      try {
        await says(`cannot be watched, so it is polled: ${words}`);
        writeFileSync(join(root, 'd', 'ring.yaml'), manifest('ring'));
        await says('default/ring 2');
        writeFileSync(join(root, 'd', 'ring.yaml'), manifest('ring').replace('replicas: 2', 'replicas: 3'));
        await says('default/ring 3');
        rmSync(join(root, 'd', 'ring.yaml'));
        await says('no jobs');
      } finally {
        child.kill('SIGKILL');
      }
    });
  }
});

describe('a folder that is a mount', function () {
  this.timeout(60_000);
  let watched: Watched;

  beforeEach(async () => {
    watched = new Watched();
    execFileSync('mount', ['-t', 'tmpfs', 'mpiswarm-test', watched.root]);
    writeFileSync(join(watched.root, 'ring.yaml'), manifest('ring'));
    await watched.settled();
  });

  afterEach(async () => {
    if (mounted()) execFileSync('umount', ['--lazy', watched.root]);
    await watched.close();
  });

  function mounted(): boolean {
    return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${watched.root} `);
  }

  it('is another one when it is unmounted: empty, and on another file system', async () => {
    const before = await watched.until('there', set => set.jobs.length === 1);
    execFileSync('umount', ['--lazy', watched.root]);
    watched.look();
    const after = await watched.until('empty', set => set.jobs.length === 0);
    expect(after.readable).to.equal(true);
    expect(after.device).to.not.equal(before.device);
    await watched.settled();
    writeFileSync(join(watched.root, 'pi.yaml'), manifest('pi'));
    await watched.until('watched again', set => set.jobs.length === 1, 1_000);
  });

  it('over which another one is mounted, without any event, is read from time to time', async () => {
    const before = await watched.until('there', set => set.jobs.length === 1);
    execFileSync('mount', ['-t', 'tmpfs', 'mpiswarm-test', watched.root]);
    try {
      writeFileSync(join(watched.root, 'pi.yaml'), manifest('pi'));
      const after = await watched.reads('other', set => set.jobs.some(job => job.key === 'default/pi'));
      expect(after.device).to.not.equal(before.device);
    } finally {
      execFileSync('umount', ['--lazy', watched.root]);
    }
  });
});

describe('a folder below the watched one that is a mount', () => {
  it('is reported, and is another one once it is unmounted', async () => {
    const watched = new Watched();
    const share = join(watched.root, 'share');
    mkdirSync(share);
    mkdirSync(join(watched.root, 'team'));
    execFileSync('mount', ['-t', 'tmpfs', 'mpiswarm-test', share]);
    try {
      writeFileSync(join(share, 'ring.yaml'), manifest('ring'));
      writeFileSync(join(watched.root, 'team', 'pi.yaml'), manifest('pi'));
      await watched.settled();
      const before = await watched.until('both', set => set.jobs.length === 2);
      expect(before.devices?.get('team/')).to.equal(before.device);
      expect(before.devices?.get('share/')).to.be.a('string').and.not.equal(before.device);
    } finally {
      execFileSync('umount', ['--lazy', share]);
    }
    watched.look();
    const after = await watched.until('one', set => set.jobs.length === 1);
    expect(after.devices?.get('share/')).to.equal(after.device);
    await watched.close();
  }).timeout(30_000);
});

describe('a file system that tells nothing of its changes', function () {
  this.timeout(60_000);

  it('has them found where it is read from time to time', async () => {
    // A link to a file whose folder nobody watches is as silent as a network file system
    const elsewhere = mkdtempSync(join(tmpdir(), 'mpiswarm-silent-'));
    writeFileSync(join(elsewhere, 'ring'), manifest('ring'));
    const watched = new Watched();
    symlinkSync(join(elsewhere, 'ring'), join(watched.root, 'ring.yaml'));
    await watched.settled();
    const looks = watched.sets.length;
    writeFileSync(join(elsewhere, 'draft'), manifest('ring').replace('replicas: 2', 'replicas: 3'));
    renameSync(join(elsewhere, 'draft'), join(elsewhere, 'ring'));
    await sleep(1_500);
    expect(watched.sets.length, 'no event came').to.equal(looks);
    await watched.reads('3', set => set.jobs[0]?.manifest.spec.workers.replicas === 3);
    appendFileSync(join(elsewhere, 'ring'), '# the end\n');
    await watched.close();
    rmSync(elsewhere, { recursive: true });
  });
});
