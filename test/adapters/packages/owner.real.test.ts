import {
  chmodSync,
  chownSync,
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
import { listPackage } from '../../../controller/adapters/packages/listing.js';
import { readPackage } from '../../../controller/adapters/packages/read.js';
import { failureOf } from './failure.js';

const OWNER = 65_001;
const VICTIM = 65_002;

/** The controller is root, who may read everything, and containers get what is in a package. */
describe('the package of a manifest', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-owner-'));
    root = join(base, 'manifests');
    mkdirSync(join(root, 'team'), { recursive: true });
    put('job.yaml', OWNER);
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function put(path: string, uid: number, mode = 0o644): string {
    const at = join(root, 'team', path);
    writeFileSync(at, path);
    chownSync(at, uid, uid);
    chmodSync(at, mode);
    return at;
  }

  function folder(path: string, uid: number, mode = 0o755): void {
    mkdirSync(join(root, 'team', path));
    chownSync(join(root, 'team', path), uid, uid);
    chmodSync(join(root, 'team', path), mode);
  }

  const read = async (path = 'app') => readPackage(await listPackage(root, 'team/job.yaml', path));
  const failure = (path = 'app') => failureOf(() => read(path));

  it('is read where the owner of the manifest may read all of it, whatever user owns it', async () => {
    folder('app', VICTIM);
    put('app/a', VICTIM);
    put('app/b', OWNER, 0o600);
    expect((await read()).bytes).to.be.greaterThan(0);
  });

  it('is read also where the watched folder is closed to that user, who could put the manifest there', async () => {
    chmodSync(base, 0o700);
    folder('app', OWNER);
    put('app/a', OWNER);
    expect((await read()).bytes).to.be.greaterThan(0);
  });

  it('may be anything where root owns the manifest', async () => {
    put('job.yaml', 0);
    folder('app', VICTIM, 0o700);
    put('app/a', VICTIM, 0o600);
    expect((await read()).bytes).to.be.greaterThan(0);
  });

  it('is refused for one file that this user may not read, with what to do', async () => {
    folder('app', VICTIM);
    const key = put('app/id_ed25519', VICTIM, 0o600);
    expect(await failure()).to.equal(
      `uid ${OWNER}, who owns the manifest, may not read ${key}, which has mode 0600 and belongs to uid ${VICTIM}; ` +
        'give that user access, or let the owner of the package own the manifest',
    );
  });

  it('is refused where a folder of it, or above it, is closed to this user', async () => {
    folder('app', VICTIM, 0o700);
    put('app/a', VICTIM);
    expect(await failure()).to.include(`may not read ${join(root, 'team/app')}, which has mode 0700`);
    expect(await failure('app/a')).to.include(`may not read ${join(root, 'team/app')}, which has mode 0700`);
  });

  it('is refused where a link in the folder leads to one that is closed to this user', async () => {
    mkdirSync(join(root, 'other'), { mode: 0o700 });
    writeFileSync(join(root, 'other', 'key'), 'key');
    symlinkSync('../other/key', join(root, 'team', 'key'));
    expect(await failure('key')).to.include(`may not read ${join(root, 'other')}`);
  });

  it('is not read through a folder that became a link after it was listed', async () => {
    folder('app', OWNER);
    put('app/a', OWNER);
    folder('secret', VICTIM);
    const listing = await listPackage(root, 'team/job.yaml', 'app');
    renameSync(join(root, 'team/app'), join(root, 'team/was'));
    renameSync(join(root, 'team/was/a'), join(root, 'team/secret/a'));
    symlinkSync('secret', join(root, 'team/app'));
    expect(await failureOf(() => readPackage(listing))).to.include('changed while it was read');
  });

  it('is not read any more once a file of it is closed to this user', async () => {
    folder('app', OWNER);
    const path = put('app/a', VICTIM);
    const listing = await listPackage(root, 'team/job.yaml', 'app');
    chmodSync(path, 0o600);
    expect(await failureOf(() => readPackage(listing))).to.include(`may not read ${path}`);
  });
});
