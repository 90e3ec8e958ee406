import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';
import { isUnreadable, type ManifestSet } from '../../../controller/api/manifest/manifests.js';
import { manifest } from '../../api/manifest.js';

describe('a folder of manifests', function () {
  this.timeout(20_000);
  let base: string;
  let root: string;
  let folder: ManifestFolder;
  let now: number;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-manifests-'));
    root = join(base, 'manifests');
    mkdirSync(root);
    now = 0;
    folder = new ManifestFolder(root, { now: () => now });
  });

  afterEach(async () => {
    await folder.close();
    rmSync(base, { recursive: true, force: true });
  });

  function put(file: string, text: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  /** The folder once nothing in it may still be being written. */
  async function read(of = folder): Promise<ManifestSet> {
    await of.read();
    now += 1_000;
    return of.read();
  }

  it('is read with all folders below it, and without dot files and editors’ temporary files', async () => {
    for (const file of ['a.yaml', 'team/b.yml', 'team/deep/c.json']) {
      put(file, manifest(file.replace(/.*\/|\..*/g, '')));
    }
    const other = [
      '.d.yaml',
      '.git/e.yaml',
      'f.yaml~',
      '#g.yaml#',
      '.#h.yaml',
      '.i.yaml.swp',
      'j.tmp',
      '4913',
      'k.txt',
    ];
    for (const file of other) put(file, manifest('not-this'));
    const set = await read();
    expect(keysByFile(set)).to.deep.equal({
      'a.yaml': 'default/a',
      'team/b.yml': 'default/b',
      'team/deep/c.json': 'default/c',
    });
    expect(set.problems).to.deep.equal([]);
  });

  it('that does not exist is unreadable, and is read once it is there', async () => {
    rmSync(root, { recursive: true });
    const set = await read();
    expect([set.readable, set.error]).to.deep.equal([
      false,
      `manifest folder ${root} cannot be read: it does not exist`,
    ]);
    mkdirSync(root);
    put('a.yaml', manifest('a'));
    expect(keysByFile(await read())).to.deep.equal({ 'a.yaml': 'default/a' });
  });

  it('that is a file is unreadable', async () => {
    rmSync(root, { recursive: true });
    writeFileSync(root, '');
    expect((await read()).error).to.equal(`manifest folder ${root} cannot be read: it is not a folder`);
  });

  it('follows links once, round trips included', async () => {
    put('real/a.yaml', manifest('a'));
    mkdirSync(join(base, 'outside'));
    writeFileSync(join(base, 'outside', 'b.yaml'), manifest('b'));
    writeFileSync(join(base, 'c.txt'), manifest('c'));
    symlinkSync('..', join(root, 'real', 'up'));
    symlinkSync('real', join(root, 'again'));
    symlinkSync('a.yaml', join(root, 'real', 'same.yaml'));
    symlinkSync(join(base, 'outside'), join(root, 'linked'));
    symlinkSync(join(base, 'c.txt'), join(root, 'c.yaml'));
    const set = await read();
    expect(keysByFile(set)).to.deep.equal({
      'c.yaml': 'default/c',
      'linked/b.yaml': 'default/b',
      'real/a.yaml': 'default/a',
    });
    expect(set.problems).to.deep.equal([]);
  });

  it('may be a link itself, and is read where the link leads now', async () => {
    put('a.yaml', manifest('a'));
    mkdirSync(join(base, 'next'));
    writeFileSync(join(base, 'next', 'b.yaml'), manifest('b'));
    const link = join(base, 'current');
    symlinkSync(root, link);
    const linked = new ManifestFolder(link, { now: () => now });
    expect(keysByFile(await read(linked))).to.deep.equal({ 'a.yaml': 'default/a' });
    symlinkSync(join(base, 'next'), `${link}.new`);
    renameSync(`${link}.new`, link);
    expect(keysByFile(await read(linked))).to.deep.equal({ 'b.yaml': 'default/b' });
    await linked.close();
  });

  it('keeps the names of a file that broke', async () => {
    put('two.yaml', `${manifest('a')}---\n${manifest('b')}`);
    await read();
    put('two.yaml', 'apiVersion: [');
    const set = await read();
    expect(set.jobs).to.deep.equal([]);
    expect(set.problems.map(problem => problem.job).filter(job => job !== undefined)).to.have.members([
      'default/a',
      'default/b',
    ]);
    expect(set.unreadableFiles).to.deep.equal(['two.yaml']);
    expect((await read()).problems).to.deep.equal(set.problems);
    put('two.yaml', manifest('b'));
    const repaired = await read();
    expect([keysByFile(repaired), repaired.problems, repaired.unreadableFiles]).to.deep.equal([
      { 'two.yaml': 'default/b' },
      [],
      [],
    ]);
  });

  it('does not hand the name of a broken file to another file', async () => {
    put('a.yaml', manifest('x'));
    await read();
    put('a.yaml', '{');
    put('b.yaml', manifest('x'));
    const set = await read();
    expect(set.jobs).to.deep.equal([]);
    expect(set.problems.at(-1)?.message).to.equal(
      'job default/x is already defined at a.yaml:1, rename or remove one of them',
    );
  });

  it('forgets a file that is removed', async () => {
    put('a.yaml', manifest('a'));
    await read();
    rmSync(join(root, 'a.yaml'));
    const set = await read();
    expect([set.readable, set.jobs, set.problems, set.unreadableFiles]).to.deep.equal([true, [], [], []]);
  });

  it('tells size and limit of a file that is too large, and that a file is no text', async () => {
    put('big.yaml', 'x'.repeat(1_000_000));
    writeFileSync(join(root, 'binary.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
    const { problems } = await read();
    expect(problems.map(problem => [problem.file, problem.message])).to.deep.equal([
      ['big.yaml', 'a manifest file must have at most 262144 bytes, got 1000000'],
      ['binary.yaml', 'the file is not UTF-8 text'],
    ]);
  });

  it('takes a link that leads nowhere for something it cannot see, not for nothing', async () => {
    put('good.yaml', manifest('good'));
    symlinkSync('nowhere', join(root, 'lost.yaml'));
    symlinkSync('nowhere', join(root, 'team'));
    const set = await read();
    expect(keysByFile(set)).to.deep.equal({ 'good.yaml': 'default/good' });
    expect(set.problems.map(problem => [problem.file, problem.message])).to.deep.equal([
      ['lost.yaml', 'the symbolic link cannot be followed: it does not exist'],
      ['team/', 'the symbolic link cannot be followed: it does not exist'],
    ]);
    expect(isUnreadable(set, 'team/deep/a.yaml')).to.equal(true);
    expect(isUnreadable(set, 'good.yaml')).to.equal(false);
  });

  it('keeps the names of a linked folder while the link leads nowhere, and of its files when it is back', async () => {
    mkdirSync(join(base, 'rev1'));
    writeFileSync(join(base, 'rev1', 'a.yaml'), manifest('a'));
    symlinkSync(join(base, 'rev1'), join(root, 'current'));
    await read();
    renameSync(join(base, 'rev1'), join(base, 'rev2'));
    for (const _ of [1, 2]) {
      const lost = await read();
      expect(lost.problems.map(problem => [problem.file, problem.job])).to.deep.equal([
        ['current/', 'default/a'],
      ]);
    }
    renameSync(join(base, 'rev2'), join(base, 'rev1'));
    writeFileSync(join(base, 'rev1', 'a.yaml'), '{');
    const broken = await read();
    expect(broken.problems.map(problem => [problem.file, problem.job])).to.deep.equal([
      ['current/a.yaml', 'default/a'],
    ]);
  });

  it('says so when the file system does not answer in time', async () => {
    const hurried = new ManifestFolder(root, { deadlineMs: 0 });
    for (let i = 0; i < 300; i++) put(`f${i}.yaml`, manifest(`f${i}`));
    const set = await hurried.read();
    expect([set.readable, set.error]).to.deep.equal([
      false,
      `manifest folder ${root} cannot be read: no answer from the file system within 0 s`,
    ]);
  });

  it('of a thousand manifests is read quickly, and more quickly when nothing changed', async () => {
    for (let i = 0; i < 1000; i++) put(`team-${i % 10}/job-${i}.yaml`, manifest(`job-${i}`));
    const started = performance.now();
    expect((await read()).jobs).to.have.length(1000);
    const first = performance.now() - started;
    expect((await read()).jobs).to.have.length(1000);
    const again = performance.now() - started - first;
    console.log(`      1,000 manifests: first ${Math.round(first)} ms, again ${Math.round(again)} ms`);
    expect(again).to.be.below(first);
  });

  describe('with more entries than are listed', () => {
    const FEW = 20;

    beforeEach(() => {
      folder = new ManifestFolder(root, { now: () => now, maxEntries: FEW });
      put('a.yaml', manifest('a'));
      put('team/b.yaml', manifest('b'));
    });

    function putMany(below: string): void {
      for (let i = 0; i < FEW; i += 1) put(join(below, `${i}.txt`), '');
    }

    it('is listed but for what a link leads to, and says so', async () => {
      putMany('../elsewhere/all');
      put('../elsewhere/all/c.yaml', manifest('c'));
      symlinkSync(join(base, 'elsewhere'), join(root, 'link'));
      const set = await read();
      expect(set.jobs.map(({ key }) => key)).to.deep.equal(['default/a', 'default/b']);
      expect(set.problems.map(({ file, message }) => `${file}: ${message}`)).to.deep.equal([
        `link/: not all of it is listed: there are more than ${FEW} files and folders; move what is no manifest out of the manifest folder, and remove links that lead elsewhere`,
      ]);
      expect(isUnreadable(set, 'link/all/c.yaml')).to.equal(true);
      expect(isUnreadable(set, 'team/b.yaml')).to.equal(false);
    });

    it('takes no job for removed that is among those that are not listed', async () => {
      put('z/all/c.yaml', manifest('c'));
      expect((await read()).jobs).to.have.length(3);
      putMany('z/all');
      const set = await read();
      expect(set.jobs.map(({ key }) => key)).to.deep.equal(['default/a', 'default/b']);
      expect(isUnreadable(set, 'z/all/c.yaml')).to.equal(true);
      expect(set.problems.some(({ job }) => job === 'default/c')).to.equal(true);
    });

    it('cannot be read where they are all in the folder itself', async () => {
      putMany('.');
      const { readable, error } = await read();
      expect(readable).to.equal(false);
      expect(error).to.match(/there are more than 20 files and folders/);
    });
  });
});

function keysByFile(set: ManifestSet): Record<string, string> {
  return Object.fromEntries(set.jobs.map(job => [job.file, job.key]).sort());
}
