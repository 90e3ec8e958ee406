import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ManifestFolder } from '../../../controller/adapters/manifests/folder.js';
import { manifest } from '../../api/manifest.js';

describe('watching a folder', function () {
  this.timeout(20_000);
  let base: string;
  let root: string;
  let folder: ManifestFolder;
  let wakes: number;

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-watch-'));
    root = join(base, 'manifests');
    mkdirSync(join(root, 'team'), { recursive: true });
    folder = new ManifestFolder(root);
    wakes = 0;
    folder.onChange(() => {
      wakes++;
    });
    await quiet();
  });

  afterEach(async () => {
    await folder.close();
    rmSync(base, { recursive: true, force: true });
  });

  /** Reads, as the loop does after a wake, until nothing wakes any more. */
  async function quiet(): Promise<void> {
    for (let before = -1; before !== wakes; ) {
      before = wakes;
      await folder.read();
      await sleep(200);
    }
    wakes = 0;
  }

  async function woken(): Promise<boolean> {
    for (let i = 0; i < 100 && wakes === 0; i++) await sleep(50);
    return wakes > 0;
  }

  it('wakes for a new file, also in a folder below', async () => {
    writeFileSync(join(root, 'team', 'a.yaml'), manifest('a'));
    expect(await woken()).to.equal(true);
  });

  it('wakes for a file renamed into the folder', async () => {
    writeFileSync(join(base, 'a.yaml'), manifest('a'));
    renameSync(join(base, 'a.yaml'), join(root, 'a.yaml'));
    expect(await woken()).to.equal(true);
    expect((await folder.read()).jobs).to.have.length(1);
  });

  it('wakes again in a folder that was removed and recreated, once it was read', async () => {
    rmSync(root, { recursive: true });
    await quiet();
    mkdirSync(root);
    await quiet();
    writeFileSync(join(root, 'a.yaml'), manifest('a'));
    expect(await woken()).to.equal(true);
  });

  it('wakes for a change in a folder that a link leads to', async () => {
    mkdirSync(join(base, 'outside'));
    symlinkSync(join(base, 'outside'), join(root, 'linked'));
    await quiet();
    writeFileSync(join(base, 'outside', 'a.yaml'), manifest('a'));
    expect(await woken()).to.equal(true);
  });

  it('is not caught in a link to a folder above', async () => {
    symlinkSync('..', join(root, 'team', 'up'));
    await quiet();
    writeFileSync(join(root, 'a.yaml'), manifest('a'));
    expect(await woken()).to.equal(true);
  });

  it('wakes nothing after it is closed', async () => {
    await folder.close();
    writeFileSync(join(root, 'a.yaml'), manifest('a'));
    await sleep(300);
    expect(wakes).to.equal(0);
  });
});
