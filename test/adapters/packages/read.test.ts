import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { extract, type Header } from 'tar-stream';
import { packageContent } from '../../../controller/adapters/packages/content.js';
import { listPackage } from '../../../controller/adapters/packages/listing.js';
import { readPackage } from '../../../controller/adapters/packages/read.js';
import { type Chunks, readArchive } from '../../../controller/shared/archive/archive.js';
import { failureOf } from './failure.js';
import { archiveOf } from './sample-archive.js';

describe('a package', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-package-'));
    root = join(base, 'manifests');
    mkdirSync(root);
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function put(file: string, content: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content, { mode });
    chmodSync(join(root, file), mode);
  }

  const list = (path: string) => {
    put('team/job.yaml', '');
    return listPackage(root, 'team/job.yaml', path);
  };
  const digest = async (path: string) => (await readPackage(await list(path))).sha256;
  const fault = (path: string) => failureOf(async () => readPackage(await list(path)));

  /** What containers get, by name: rights and type, then content or target. */
  async function delivered(path: string): Promise<Readonly<Record<string, string>>> {
    const entries = extract();
    entries.end(await buffer(packageContent(await list(path))));
    const found: Record<string, string> = {};
    for await (const entry of entries) {
      const { name, mode, type, linkname, mtime, uid } = entry.header;
      expect([mtime.getTime(), uid]).to.deep.equal([0, 0]);
      const content = (await buffer(entry as AsyncIterable<Buffer>)).toString();
      found[name] = `${mode.toString(8)} ${type} ${linkname ?? ''}${content}`;
    }
    return found;
  }

  it('that is a folder is all that is in it, in order, without owners and times', async () => {
    put('team/app/run.sh', '#!/bin/sh\n', 0o755);
    put('team/app/data/b.txt', 'b', 0o600);
    put('team/app/data/.hidden', '');
    mkdirSync(join(root, 'team/app/empty'));
    symlinkSync('data/b.txt', join(root, 'team/app/link'));
    expect(await delivered('app')).to.deep.equal({
      data: '755 directory ',
      'data/.hidden': '644 file ',
      'data/b.txt': '644 file b',
      empty: '755 directory ',
      link: '755 symlink data/b.txt',
      'run.sh': '755 file #!/bin/sh\n',
    });
  });

  it('that is one file is a folder with that file', async () => {
    put('team/hello.jar', 'jar');
    expect(await delivered('hello.jar')).to.deep.equal({ 'hello.jar': '644 file jar' });
  });

  it('that is a tar archive is delivered as it is, packed or not', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    put('team/a.tar', archive);
    put('team/a.tgz', gzipSync(archive));
    expect(await buffer(packageContent(await list('a.tar')))).to.deep.equal(archive);
    expect((await readPackage(await list('a.tgz'))).bytes).to.equal(gzipSync(archive).length);
  });

  it('is distinguished by content, names and execute permissions, and not by times', async () => {
    put('team/app/a', 'one');
    const before = await digest('app');
    utimesSync(join(root, 'team/app/a'), 1, 1);
    expect(await digest('app')).to.equal(before);
    put('team/app/a', 'two');
    const changed = await digest('app');
    chmodSync(join(root, 'team/app/a'), 0o755);
    const executable = await digest('app');
    put('team/app/b', '');
    expect(new Set([before, changed, executable, await digest('app')])).to.have.length(4);
  });

  it('larger than any buffer is read whole', async () => {
    put('team/app/large', Buffer.alloc(5_000_001, 'x'));
    const { bytes } = await readPackage(await list('app'));
    expect(bytes).to.equal(512 + 5_000_001 + 191 + 1_024);
  });

  it('that is not there says so', async () => {
    put('team/job.yaml', '');
    expect(await fault('hello.jar')).to.match(/ENOENT/);
  });

  it('is refused where a symbolic link leads out of the folder', async () => {
    put('team/app/a', '');
    put('elsewhere/b', '');
    writeFileSync(join(base, 'secret'), '');
    symlinkSync(base, join(root, 'team/out'));
    expect(await fault('out')).to.match(/leads out of the manifest folder/);
    symlinkSync('/etc/passwd', join(root, 'team/app/absolute'));
    expect(await fault('app')).to.match(/symbolic link absolute in it leads out of it, to \/etc\/passwd/);
    rmSync(join(root, 'team/app/absolute'));
    symlinkSync('../../elsewhere/b', join(root, 'team/app/up'));
    expect(await fault('app')).to.match(/symbolic link up in it leads out/);
    rmSync(join(root, 'team/app/up'));
    symlinkSync('../../../nowhere', join(root, 'team/app/dangling'));
    expect(await fault('app')).to.match(/symbolic link dangling in it leads out/);
  });

  it('that is an empty folder says so', async () => {
    mkdirSync(join(root, 'team/app'), { recursive: true });
    expect(await fault('app')).to.equal('it is an empty folder');
  });

  it('is refused where a link leads out of it as containers read it, though not where the folder is', async () => {
    put('team/app/x/y/a', '');
    put('team/app/z', '');
    symlinkSync('x/y', join(root, 'team/app/d'));
    symlinkSync('d/../../z', join(root, 'team/app/l'));
    expect(await fault('app')).to.equal('it holds a path that leads out of it: l -> d/../../z');
  });

  it('has the same digest in every version, as another one would run jobs again', async () => {
    put('team/app/run.sh', '#!/bin/sh\n', 0o755);
    put('team/app/data/b.txt', 'b');
    put(`team/app/${'long/'.repeat(30)}name`, 'ü');
    put('team/app/größe', '');
    symlinkSync('data/b.txt', join(root, 'team/app/link'));
    expect(await readPackage(await list('app'))).to.deep.equal({
      sha256: '84d8d9f1cdc155f4971103479ccfe1d9bf9bc7ceb7797de9b1cd5746498c379f',
      bytes: 22_016,
    });
  });

  it('may be a link to another place in the watched folder, as a sync makes it', async () => {
    put('..data/hello.jar', 'jar');
    mkdirSync(join(root, 'team'));
    symlinkSync('../..data/hello.jar', join(root, 'team/hello.jar'));
    expect(await delivered('hello.jar')).to.have.keys('hello.jar');
  });

  const bad: readonly (readonly [string, () => Promise<Uint8Array>, RegExp])[] = [
    [
      'cut off',
      async () => (await archiveOf([{ name: 'a' }, 'x'.repeat(2_000)])).subarray(0, 1_500),
      /truncated/,
    ],
    [
      'packed and cut off',
      async () => {
        const packed = gzipSync(await archiveOf([{ name: 'a' }, randomText(9_000)]));
        return packed.subarray(0, packed.length - 100);
      },
      /truncated/,
    ],
    ['of something else', async () => Buffer.alloc(4_096, 'x'), /not a tar archive/],
    ['empty', async () => Buffer.alloc(0), /not a tar archive/],
    ['of nothing', async () => Buffer.alloc(1_024), /not a tar archive, or is empty/],
    [
      'packed and damaged',
      async () => {
        const packed = gzipSync(await archiveOf([{ name: 'a' }, randomText(9_000)]));
        return Buffer.concat([packed.subarray(0, -8), Buffer.alloc(4), packed.subarray(-4)]);
      },
      /damaged/,
    ],
    ['with an absolute path', () => archiveOf([{ name: '/etc/a' }, '']), /leads out of it: \/etc\/a/],
    ['with ..', () => archiveOf([{ name: 'a/../../b' }, '']), /leads out of it: a\/\.\.\/\.\.\/b/],
    ['with a link out', () => archiveOf([link('a', '../b'), '']), /leads out of it: a -> \.\.\/b/],
    ['with an absolute link', () => archiveOf([link('a', '/b'), '']), /leads out of it: a -> \/b/],
    [
      'with a device',
      () => archiveOf([{ name: 'null', type: 'character-device' }, '']),
      /null, which is neither/,
    ],
  ];
  it('that is a small archive which unpacks to no end is read no further than the limit', async () => {
    const small = await archiveOf([{ name: 'a' }, 'content']);
    const bomb = gzipSync(Buffer.concat([small, Buffer.alloc(512 * 6_000)]));
    const read = async (most: number): Promise<number> => {
      let entries = 0;
      await readArchive(
        chunksOf(bomb),
        async () => {
          entries += 1;
        },
        most,
      );
      return entries;
    };
    expect(await read(4_000_000)).to.equal(1);
    expect(await failureOf(() => read(2_000_000))).to.equal('it holds more than 8 GiB');
  });

  for (const [what, make, words] of bad) {
    it(`that is an archive ${what} says so`, async () => {
      put('team/a.tar', await make());
      expect(await fault('a.tar')).to.match(words);
    });
  }
});

function link(name: string, linkname: string): Partial<Header> & { readonly name: string } {
  return { name, linkname, type: 'symlink' };
}

async function* chunksOf(content: Buffer): Chunks {
  yield content;
}

/** Does not pack well. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(32 + (state % 90));
  }).join('');
}
