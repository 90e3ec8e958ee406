import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readContent } from '../../../controller/adapters/manifests/file.js';
import { listFolder } from '../../../controller/adapters/manifests/listing.js';
import { manifest } from '../../api/manifest.js';

/** Two users of whom this machine knows nothing but their numbers. */
const MALLORY = 65_001;
const VICTIM = 65_002;

/** The controller is root, who may read everything: so it has to ask whose word it follows. */
describe('a symbolic link that leaves the watched folder', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-links-'));
    chmodSync(base, 0o755);
    root = join(base, 'manifests');
    mkdirSync(root);
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function folder(path: string, { uid, mode = 0o755 }: { uid: number; mode?: number }): string {
    const at = join(base, path);
    mkdirSync(at);
    chownSync(at, uid, uid);
    chmodSync(at, mode);
    return at;
  }

  function file(path: string, { uid, mode = 0o644 }: { uid: number; mode?: number }): string {
    const at = join(base, path);
    writeFileSync(at, manifest('ring'));
    chownSync(at, uid, uid);
    chmodSync(at, mode);
    return at;
  }

  function link(target: string, path: string, uid: number): void {
    symlinkSync(target, join(base, path));
    lchownSync(join(base, path), uid, uid);
  }

  async function found(): Promise<readonly string[]> {
    return (await listFolder(root)).files.map(one => one.file);
  }

  async function faults(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await listFolder(root)).faults.map(one => [one.file, one.message]));
  }

  it('is followed to what its owner has there', async () => {
    folder('own', { uid: MALLORY, mode: 0o700 });
    file('own/a.yaml', { uid: MALLORY, mode: 0o600 });
    link('../own', 'manifests/own', MALLORY);
    expect(await found()).to.deep.equal(['own/a.yaml']);
    expect(await faults()).to.deep.equal({});
  });

  it('is followed wherever root lets it lead', async () => {
    folder('theirs', { uid: VICTIM, mode: 0o700 });
    file('theirs/a.yaml', { uid: VICTIM, mode: 0o600 });
    link('../theirs', 'manifests/team', 0);
    expect(await found()).to.deep.equal(['team/a.yaml']);
  });

  it('is not followed to what its owner may not read, and says what is in the way', async () => {
    folder('private', { uid: 0, mode: 0o700 });
    folder('private/inner', { uid: 0 });
    file('private/inner/a.yaml', { uid: 0 });
    link('../private/inner', 'manifests/t', MALLORY);
    link('../private/inner/a.yaml', 'manifests/a.yaml', MALLORY);
    expect(await found()).to.deep.equal([]);
    const closed = `uid ${MALLORY} may not read ${join(base, 'private')}, which has mode 0700 and belongs to uid 0`;
    const all = await faults();
    expect(all['t/']).to.include(
      `leads out of the manifest folder, to ${join(base, 'private/inner')}; ${closed}`,
    );
    expect(all['a.yaml']).to.include(closed);
    expect(all['t/']).to.include('give that user access');
  });

  it('is not followed to a third user’s folder, whatever its mode: its content is not the link owner’s to give', async () => {
    folder('theirs', { uid: VICTIM });
    file('theirs/a.yaml', { uid: VICTIM });
    link('../theirs', 'manifests/t', MALLORY);
    expect(await found()).to.deep.equal([]);
    expect((await faults())['t/']).to.include(`belongs to uid ${VICTIM} and not to uid ${MALLORY}`);
  });

  it('shows its owner nothing below it that they may not read', async () => {
    folder('shared', { uid: 0 });
    folder('shared/theirs', { uid: VICTIM, mode: 0o700 });
    file('shared/theirs/a.yaml', { uid: VICTIM });
    file('shared/secret.yaml', { uid: VICTIM, mode: 0o600 });
    file('shared/open.yaml', { uid: VICTIM });
    link('../shared', 'manifests/t', MALLORY);
    expect(await found()).to.deep.equal(['t/open.yaml']);
    expect(Object.keys(await faults()).sort()).to.deep.equal(['t/secret.yaml', 't/theirs/']);
  });

  it('carries what its owner may not read on to links that it leads to', async () => {
    folder('shared', { uid: 0 });
    folder('theirs', { uid: VICTIM, mode: 0o700 });
    file('theirs/a.yaml', { uid: VICTIM });
    link('../theirs', 'shared/on', VICTIM);
    link('../shared', 'manifests/t', MALLORY);
    expect(await found()).to.deep.equal([]);
    expect((await faults())['t/on/']).to.include(`uid ${MALLORY} may not read`);
  });

  it('of root counts as the word of the user who made a link on its way', async () => {
    folder('home', { uid: MALLORY });
    folder('theirs', { uid: VICTIM, mode: 0o700 });
    file('theirs/a.yaml', { uid: VICTIM });
    link('../theirs', 'home/jobs', MALLORY);
    link('../home/jobs', 'manifests/mallory', 0);
    expect(await found()).to.deep.equal([]);
    expect((await faults())['mallory/']).to.include(`and not to uid ${MALLORY}, who made the link`);
  });

  it('may be anybody’s where it ends in the folder again', async () => {
    folder('manifests/..data', { uid: VICTIM, mode: 0o700 });
    file('manifests/..data/a.yaml', { uid: VICTIM, mode: 0o600 });
    link('..data/a.yaml', 'manifests/a.yaml', MALLORY);
    expect(await found()).to.deep.equal(['a.yaml']);
  });

  it('that takes the place of a file or a folder after it was listed is not read', async () => {
    folder('manifests/team', { uid: MALLORY });
    file('manifests/team/a.yaml', { uid: MALLORY });
    file('manifests/b.yaml', { uid: MALLORY });
    folder('secret', { uid: 0, mode: 0o700 });
    file('secret/a.yaml', { uid: 0, mode: 0o600 });
    const { files } = await listFolder(root);
    renameSync(join(root, 'team'), join(root, 'was'));
    link('../secret', 'manifests/team', MALLORY);
    renameSync(join(root, 'b.yaml'), join(root, 'c.yaml'));
    link('../secret/a.yaml', 'manifests/b.yaml', MALLORY);
    for (const listed of files) {
      const content = await readContent(listed);
      expect(content.ok, listed.file).to.equal(false);
    }
  });

  it('is not read once its owner may not read the file any more', async () => {
    folder('own', { uid: MALLORY });
    const path = file('own/a.yaml', { uid: MALLORY });
    link('../own', 'manifests/own', MALLORY);
    const [listed] = (await listFolder(root)).files;
    if (!listed) throw new Error('nothing was listed');
    expect((await readContent(listed)).ok).to.equal(true);
    chownSync(path, 0, 0);
    chmodSync(path, 0o600);
    const content = await readContent(listed);
    expect(content).to.have.property('message').that.includes(`uid ${MALLORY} may not read ${path}`);
  });
});
