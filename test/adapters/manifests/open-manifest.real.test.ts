import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openManifest } from '../../../controller/adapters/manifests/open-manifest.js';
import { manifest } from '../../api/manifest.js';

const NOBODY = 65534;

describe('a manifest file that is changed', function () {
  this.timeout(20_000);
  let root: string;
  let file: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-edit-'));
    chmodSync(root, 0o755);
    file = join(root, 'ring.yaml');
    writeFileSync(file, manifest('ring'));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function failure(act: Promise<void>): Promise<string> {
    return act.then(
      () => 'none',
      (error: Error) => error.message,
    );
  }

  it('is another file with the same name, mode and owner, and nothing else is left in the folder', async () => {
    chmodSync(file, 0o640);
    chownSync(file, NOBODY, NOBODY);
    const before = statSync(file);
    await (await openManifest(file)).replace('new\n');
    const after = statSync(file);
    expect(readFileSync(file, 'utf8')).to.equal('new\n');
    expect([after.mode, after.uid, after.gid]).to.deep.equal([before.mode, NOBODY, NOBODY]);
    expect(after.ino, 'replaced, not written into').to.not.equal(before.ino);
    expect(readdirSync(root)).to.deep.equal(['ring.yaml']);
  });

  it('is changed at the end of a symbolic link, which stays', async () => {
    mkdirSync(join(root, 'store'));
    renameSync(file, join(root, 'store', 'ring-1.yaml'));
    symlinkSync('store/ring-1.yaml', file);
    await (await openManifest(file)).replace('new\n');
    expect(readlinkSync(file)).to.equal('store/ring-1.yaml');
    expect(readFileSync(join(root, 'store', 'ring-1.yaml'), 'utf8')).to.equal('new\n');
    await (await openManifest(file)).remove();
    expect(readdirSync(root), 'the link goes, what it leads to stays').to.deep.equal(['store']);
    expect(readdirSync(join(root, 'store'))).to.deep.equal(['ring-1.yaml']);
  });

  it('keeps every byte that the text does not change, a byte order mark and wide characters too', async () => {
    const bytes = Buffer.from('\uFEFF# Überblick 環\r\na: 1');
    writeFileSync(file, bytes);
    const open = await openManifest(file);
    await open.replace(open.text);
    expect(readFileSync(file)).to.deep.equal(bytes);
  });

  it('is left alone when it was changed since it was read', async () => {
    const open = await openManifest(file);
    writeFileSync(file, 'theirs\n');
    const words = `${file} was changed in the meantime; nothing was written, try again`;
    expect(await failure(open.replace('ours\n'))).to.equal(words);
    expect(await failure(open.remove())).to.equal(words);
    expect(readFileSync(file, 'utf8')).to.equal('theirs\n');
    expect(readdirSync(root)).to.deep.equal(['ring.yaml']);
  });

  it('is left alone when it was removed, or its link turned elsewhere, since it was read', async () => {
    const link = join(root, 'link.yaml');
    symlinkSync('ring.yaml', link);
    writeFileSync(join(root, 'other.yaml'), manifest('ring'));
    const open = await openManifest(link);
    rmSync(link);
    symlinkSync('other.yaml', link);
    expect(await failure(open.replace('ours\n'))).to.match(/was changed in the meantime/);
    rmSync(link);
    expect(await failure(open.replace('ours\n'))).to.equal(`write ${link}: it does not exist`);
    expect(readdirSync(root).sort()).to.deep.equal(['other.yaml', 'ring.yaml']);
  });

  it('is changed by one of two edits at the same time; the other says so, and none is lost', async () => {
    const [one, two] = await Promise.all([openManifest(file), openManifest(file)]);
    const ends = await Promise.all([failure(one.replace('one\n')), failure(two.replace('two\n'))]);
    expect(ends.filter(end => end === 'none')).to.have.length(1);
    expect(ends.join()).to.match(/another edit of .* is under way|was changed in the meantime/);
    expect(readFileSync(file, 'utf8')).to.equal(ends[0] === 'none' ? 'one\n' : 'two\n');
    expect(readdirSync(root)).to.deep.equal(['ring.yaml']);
  });

  it('is changed after an edit that was cut off more than a minute ago, and not before', async () => {
    const draft = join(root, '.ring.yaml.mpiswarm');
    writeFileSync(draft, 'theirs');
    const end = await failure((await openManifest(file)).replace('new\n'));
    expect(end).to.equal(
      `another edit of ${file} is under way (${draft}); nothing was written, try again in a minute`,
    );
    expect(readFileSync(draft, 'utf8'), 'theirs may go on').to.equal('theirs');
    const then = Date.now() / 1_000 - 61;
    utimesSync(draft, then, then);
    await (await openManifest(file)).replace('new\n');
    expect(readFileSync(file, 'utf8')).to.equal('new\n');
    expect(readdirSync(root)).to.deep.equal(['ring.yaml']);
  });

  it('cannot be read when it is no text, or not there', async () => {
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]));
    const words = (path: string) => failure(openManifest(path).then(() => {}));
    expect(await words(file)).to.equal(`read ${file}: it is not UTF-8 text`);
    expect(await words(join(root, 'none.yaml'))).to.match(/none\.yaml: it does not exist$/);
    expect(await words(root)).to.match(/it is not a regular file$/);
  });

  it('has nothing against it in a folder of its own', async () => {
    expect((await openManifest(file)).obstacle).to.equal(undefined);
  });

  it('should not be changed here where it is under Git, wherever above, a worktree or through a link too', async () => {
    const repository = join(root, 'repository');
    mkdirSync(join(repository, 'jobs', 'team'), { recursive: true });
    writeFileSync(join(repository, '.git'), 'gitdir: /elsewhere\n');
    const tracked = join(repository, 'jobs', 'team', 'pi.yaml');
    writeFileSync(tracked, manifest('pi'));
    symlinkSync('repository/jobs', join(root, 'current'));
    for (const path of [tracked, join(root, 'current', 'team', 'pi.yaml')]) {
      expect((await openManifest(path)).obstacle, path).to.deep.equal({
        canForce: true,
        message: `it is under Git (${join(repository, '.git')}); make this edit in the repository and commit it`,
      });
    }
  });

  it('may be changed below a .git where git says that it does not track it', async () => {
    const repository = join(root, 'repository');
    mkdirSync(join(repository, '.git'), { recursive: true });
    mkdirSync(join(root, 'bin'));
    // In place of git, so that the test needs none; git-ls-files(1) has its exit codes
    const answers = 'tracked.yaml) exit 0;; other.yaml) exit 1;; *) exit 128;;';
    const script = `#!/bin/sh\n[ "$3 $4 $5" = "ls-files --error-unmatch --" ] || exit 128\ncase $6 in ${answers} esac\n`;
    writeFileSync(join(root, 'bin', 'git'), script, { mode: 0o755 });
    for (const name of ['tracked', 'other', 'unclear']) writeFileSync(join(repository, `${name}.yaml`), '');
    symlinkSync('repository/tracked.yaml', join(root, 'link.yaml'));
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = `${join(root, 'bin')}:${path}`;
    try {
      expect((await openManifest(join(repository, 'other.yaml'))).obstacle).to.equal(undefined);
      for (const name of ['repository/tracked.yaml', 'repository/unclear.yaml', 'link.yaml'])
        expect((await openManifest(join(root, name))).obstacle?.message, name).to.match(/^it is under Git/);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('should not be changed here where a sync puts it there', async () => {
    const hash = '0123456789abcdef0123456789abcdef01234567';
    for (const [real, link] of [
      ['..2026_11_23_12_00', '..data'],
      [`rev-${hash}`, 'current'],
      ['.worktrees', 'root'],
    ] as const) {
      mkdirSync(join(root, real));
      symlinkSync(real, join(root, link));
      writeFileSync(join(root, real, 'pi.yaml'), manifest('pi'));
      const { obstacle } = await openManifest(join(root, link, 'pi.yaml'));
      expect(obstacle?.message, link).to.match(/^a sync puts it here \(.*\); make this edit at its source$/);
    }
  });

  it('cannot be changed by who may not write it, its folder, or keep its owner', async () => {
    const asNobody = async () => {
      const script = fileURLToPath(new URL('edit-as.ts', import.meta.url));
      const args = ['--import=tsx', script, String(NOBODY), file, 'new\n'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
      return JSON.parse(stdout);
    };
    const before = readFileSync(file, 'utf8');
    const words = (why: string) => `it cannot be written here: ${why}; make this edit where it can be`;
    expect((await asNobody()).obstacle).to.deep.equal({
      canForce: false,
      message: words('permission denied'),
    });
    chownSync(root, NOBODY, NOBODY);
    chmodSync(file, 0o666);
    const denied = await asNobody();
    const why = 'it belongs to user 0, and only that user or root can keep that';
    expect(denied.obstacle).to.deep.equal({ canForce: false, message: words(why) });
    expect(denied.failure).to.match(/^write .*: permission denied$/);
    expect(readFileSync(file, 'utf8')).to.equal(before);
    expect(readdirSync(root)).to.deep.equal(['ring.yaml']);
    chownSync(file, NOBODY, NOBODY);
    expect(await asNobody()).to.deep.equal({});
    expect(readFileSync(file, 'utf8')).to.equal('new\n');
  });
});
