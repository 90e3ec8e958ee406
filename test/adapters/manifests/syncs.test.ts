import {
  appendFileSync,
  chmodSync,
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { manifest } from '../../api/manifest.js';
import { replicas, Watched } from './support/watched.js';

const KEY = 'default/ring';

/** Turns a link elsewhere in one step, as `ln -sfn` does not. */
function turn(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

function put(folder: string, file: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), text);
}

const of = (count: number): string => manifest('ring').replace('replicas: 2', `replicas: ${count}`);

describe('a sync that turns a symbolic link', function () {
  this.timeout(30_000);
  let watched: Watched;

  afterEach(() => watched.close());

  it('of the watched folder itself, as git-sync does, is an edit and nothing else, time and again', async () => {
    watched = new Watched('current', base => {
      put(join(base, 'rev2'), 'ring.yaml', of(2));
      put(join(base, 'rev2'), 'pi.yaml', manifest('pi'));
      symlinkSync('rev2', join(base, 'current'));
    });
    await watched.settled();
    for (const rev of [3, 4, 5]) {
      const folder = join(watched.base, `rev${rev}`);
      put(folder, 'ring.yaml', of(rev));
      put(folder, 'pi.yaml', manifest('pi'));
      turn(join(watched.base, 'current'), `rev${rev}`);
      await watched.until(`rev${rev}`, set => replicas(set, KEY) === rev);
      rmSync(join(watched.base, `rev${rev - 1}`), { recursive: true });
    }
    const all = watched.sets.slice(1);
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([
      undefined,
      2,
      3,
      4,
      5,
    ]);
    expect(all.flatMap(set => [...set.problems, ...set.unreadableFiles])).to.deep.equal([]);
  });

  it('of a folder above the watched one is seen at once too', async () => {
    watched = new Watched('repo/jobs', base => {
      put(join(base, 'rev2', 'jobs'), 'ring.yaml', of(2));
      symlinkSync('rev2', join(base, 'repo'));
    });
    await watched.settled();
    for (const rev of [3, 4]) {
      put(join(watched.base, `rev${rev}`, 'jobs'), 'ring.yaml', of(rev));
      turn(join(watched.base, 'repo'), join(watched.base, `rev${rev}`));
      await watched.until(`rev${rev}`, set => replicas(set, KEY) === rev);
    }
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([undefined, 2, 3, 4]);
  });

  it('that another link leads to is seen at once too', async () => {
    watched = new Watched('jobs', base => {
      put(join(base, 'rev2'), 'ring.yaml', of(2));
      symlinkSync('rev2', join(base, 'current'));
      symlinkSync(join(base, 'current'), join(base, 'jobs'));
    });
    await watched.settled();
    put(join(watched.base, 'rev3'), 'ring.yaml', of(3));
    turn(join(watched.base, 'current'), 'rev3');
    await watched.until('rev3', set => replicas(set, KEY) === 3);
  });

  it('named ..data, as Kubernetes does for a ConfigMap, is an edit and nothing else', async () => {
    watched = new Watched('config', base => {
      const root = join(base, 'config');
      put(join(root, '..2026_01'), 'ring.yaml', of(2));
      put(join(root, '..2026_01'), 'pi.yaml', manifest('pi'));
      symlinkSync('..2026_01', join(root, '..data'));
      for (const file of ['ring.yaml', 'pi.yaml']) symlinkSync(join('..data', file), join(root, file));
    });
    await watched.settled();
    const before = watched.sets.length;
    for (const rev of [3, 4]) {
      const folder = join(watched.root, `..2026_0${rev}`);
      put(folder, 'ring.yaml', of(rev));
      put(folder, 'pi.yaml', manifest('pi'));
      turn(join(watched.root, '..data'), `..2026_0${rev}`);
      await watched.until(String(rev), set => replicas(set, KEY) === rev);
      rmSync(join(watched.root, rev === 3 ? '..2026_01' : '..2026_03'), { recursive: true });
    }
    const all = watched.sets.slice(before);
    expect(watched.seen(KEY, job => job.manifest.spec.workers.replicas)).to.deep.equal([undefined, 2, 3, 4]);
    expect(all.map(set => set.jobs.length).filter(count => count !== 2)).to.deep.equal([]);
    expect(all.flatMap(set => [...set.problems, ...set.unreadableFiles])).to.deep.equal([]);
  });

  it('by removing it first and recreating it ignores the moment in between', async () => {
    watched = new Watched('jobs', base => {
      put(join(base, 'rev2'), 'ring.yaml', of(2));
      mkdirSync(join(base, 'jobs'));
      symlinkSync('../rev2', join(base, 'jobs', 'current'));
    });
    await watched.settled();
    put(join(watched.base, 'rev3'), 'ring.yaml', of(3));
    rmSync(join(watched.base, 'rev2'), { recursive: true });
    await sleep(50);
    unlinkSync(join(watched.root, 'current'));
    symlinkSync('../rev3', join(watched.root, 'current'));
    await watched.until('3', set => replicas(set, KEY) === 3);
    expect(watched.sets.flatMap(set => set.problems)).to.deep.equal([]);
  });
});

describe('rsync', function () {
  this.timeout(30_000);
  let watched: Watched;

  beforeEach(async () => {
    watched = await new Watched().settled();
  });

  afterEach(() => watched.close());

  const noon = new Date(Date.UTC(2020, 0, 1, 12));

  /** The calls that rsync makes, in blocks of a network's size: a temporary file beside it, then its name. */
  async function transfer(file: string, text: string): Promise<void> {
    const draft = join(watched.root, `.${file}.Xa9f3Q`);
    const handle = openSync(draft, 'wx', 0o600);
    await blocks(handle, text);
    closeSync(handle);
    utimesSync(draft, noon, noon);
    chmodSync(draft, 0o644);
    renameSync(draft, join(watched.root, file));
  }

  /** With --inplace: into the file as it is, which is cut to its length at the end. */
  async function transferInPlace(file: string, text: string): Promise<void> {
    const path = join(watched.root, file);
    const handle = openSync(path, readdirSync(watched.root).includes(file) ? 'r+' : 'wx');
    await blocks(handle, text);
    ftruncateSync(handle, text.length);
    closeSync(handle);
    utimesSync(path, noon, noon);
  }

  async function blocks(handle: number, text: string): Promise<void> {
    for (let from = 0; from < text.length; from += 40) {
      writeSync(handle, text.slice(from, from + 40), from);
      await sleep(15);
    }
  }

  for (const [how, act] of [
    ['that moves files into place', transfer],
    ['--inplace', transferInPlace],
  ] as const) {
    it(`${how} brings a new manifest, then an edit, and nothing in between`, async () => {
      await act('ring.yaml', of(16));
      await watched.until('16', set => replicas(set, KEY) === 16);
      await act('ring.yaml', of(32));
      await watched.until('32', set => replicas(set, KEY) === 32);
      await act('ring.yaml', of(4));
      await watched.until('4', set => replicas(set, KEY) === 4);
      const seen = watched.seen(KEY, job => job.manifest.spec.workers.replicas);
      expect(seen).to.deep.equal([undefined, 16, 32, 4]);
      expect(watched.sets.flatMap(set => [...set.problems, ...set.notices])).to.deep.equal([]);
    });
  }

  it('--delete takes away what is gone and nothing else', async () => {
    for (const name of ['ring', 'pi', 'e']) await transfer(`${name}.yaml`, manifest(name));
    await watched.until('three', set => set.jobs.length === 3);
    unlinkSync(join(watched.root, 'pi.yaml'));
    await transfer('e.yaml', manifest('e').replace('replicas: 2', 'replicas: 5'));
    const set = await watched.until('edited', one => replicas(one, 'default/e') === 5);
    expect(set.jobs.map(job => job.key)).to.deep.equal(['default/e', 'default/ring']);
  });
});

describe('a checkout that unlinks and writes each file, as git does', () => {
  it('is an edit of each job, and none is ever half of it', async function () {
    this.timeout(30_000);
    const watched = await new Watched().settled();
    const names = Array.from({ length: 40 }, (_, i) => `job-${i}`);
    for (const name of names) writeFileSync(join(watched.root, `${name}.yaml`), manifest(name));
    await watched.until('all', set => set.jobs.length === names.length);
    const from = watched.sets.length;
    for (const name of names) {
      const path = join(watched.root, `${name}.yaml`);
      unlinkSync(path);
      writeFileSync(path, '');
      appendFileSync(path, manifest(name).replace('replicas: 2', 'replicas: 7'));
      await sleep(3);
    }
    await watched.until('edited', set => set.jobs.length === 40 && set.jobs.every(isSeven));
    const counts = new Set(
      watched.sets.slice(from).flatMap(set => set.jobs.map(job => job.manifest.spec.workers.replicas)),
    );
    expect([...counts].sort()).to.deep.equal([2, 7]);
    expect(watched.sets.flatMap(set => set.problems)).to.deep.equal([]);
    await watched.close();
  });
});

function isSeven(job: {
  readonly manifest: { readonly spec: { readonly workers: { readonly replicas: number } } };
}): boolean {
  return job.manifest.spec.workers.replicas === 7;
}

describe('a folder that is put in another’s place', function () {
  this.timeout(30_000);
  let watched: Watched;

  afterEach(() => watched.close());

  it('is read at once when the watched folder is renamed away and another one takes its name', async () => {
    watched = new Watched();
    writeFileSync(join(watched.root, 'ring.yaml'), of(2));
    await watched.settled();
    cpSync(watched.root, join(watched.base, 'next'), { recursive: true });
    writeFileSync(join(watched.base, 'next', 'ring.yaml'), of(3));
    renameSync(watched.root, join(watched.base, 'last'));
    renameSync(join(watched.base, 'next'), watched.root);
    await watched.until('3', set => replicas(set, KEY) === 3);
    await watched.settled();
    writeFileSync(join(watched.root, 'pi.yaml'), manifest('pi'));
    await watched.until('watched again', set => set.jobs.length === 2);
  });

  it('is watched too when that happens to a folder below the watched one', async () => {
    watched = new Watched();
    put(join(watched.root, 'team'), 'ring.yaml', of(2));
    put(join(watched.base, 'next'), 'ring.yaml', of(3));
    await watched.settled();
    renameSync(join(watched.root, 'team'), join(watched.base, 'last'));
    renameSync(join(watched.base, 'next'), join(watched.root, 'team'));
    await watched.until('3', set => replicas(set, KEY) === 3);
    await watched.settled();
    writeFileSync(join(watched.root, 'team', 'pi.yaml'), manifest('pi'));
    await watched.until('watched again', set => set.jobs.length === 2);
  });

  it('is unreadable while it is away, and is seen at once when it is back', async () => {
    watched = new Watched();
    writeFileSync(join(watched.root, 'ring.yaml'), of(2));
    await watched.settled();
    rmSync(watched.root, { recursive: true });
    const away = await watched.until('unreadable', set => !set.readable);
    expect(away.error).to.contain('it does not exist');
    await sleep(100);
    mkdirSync(watched.root);
    await watched.until('empty', set => set.readable);
    await watched.settled();
    const draft = join(watched.base, 'draft');
    writeFileSync(draft, of(3));
    renameSync(draft, join(watched.root, 'ring.yaml'));
    await watched.until('3', set => replicas(set, KEY) === 3);
  });
});
