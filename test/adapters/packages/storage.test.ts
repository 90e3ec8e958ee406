import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { listPackage, PackageFault } from '../../../controller/adapters/packages/listing.js';
import { PackageMemory, type PackageStorage } from '../../../controller/adapters/packages/package-cache.js';
import { readPackage } from '../../../controller/adapters/packages/read.js';
import { mergeFiles } from '../../../controller/api/manifest/merge-files.js';
import { parseManifests } from '../../../controller/api/manifest/parse.js';
import type { PackageState } from '../../../controller/api/types/package.js';

describe('packages on storage that is slow, or fails', () => {
  let root: string;
  let now: number;
  let wakes: number;
  const memories: PackageMemory[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-storage-'));
    now = 0;
    wakes = 0;
  });

  afterEach(() => {
    for (const memory of memories.splice(0)) memory.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** A job of this name, with this package beside it. */
  function put(name: string, path: string): void {
    const spec = { image: 'ring:1', workers: { replicas: 2 }, command: ['ring'], package: path };
    const manifest = { apiVersion: 'mpiswarm.dev/v1', kind: 'MPIJob', metadata: { name }, spec };
    writeFileSync(join(root, `${name}.json`), JSON.stringify(manifest));
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, 'a'), 'one');
  }

  function memory(storage: PackageStorage = {}): PackageMemory {
    const wake = () => {
      wakes += 1;
    };
    const made = new PackageMemory(() => now, wake, storage);
    memories.push(made);
    return made;
  }

  /** What all the jobs are told of their packages, some time later, by name. */
  async function recall(
    of: PackageMemory,
    ms = 0,
  ): Promise<Readonly<Record<string, PackageState | undefined>>> {
    now += ms;
    const files = readdirSync(root).filter(name => name.endsWith('.json'));
    const parsed = files.map(name => parseManifests(readFileSync(join(root, name), 'utf8'), name));
    const { set } = await of.recall(root, mergeFiles(parsed));
    const told = set.jobs.map(({ key, package: found }) => [key.slice('default/'.length), found]);
    return Object.fromEntries(told);
  }

  async function woken(times: number): Promise<void> {
    for (let tries = 0; wakes < times; tries += 1) {
      if (tries > 500) throw new Error(`woken ${wakes} times, not ${times}`);
      await sleep(5);
    }
  }

  const state = (found: Readonly<Record<string, PackageState | undefined>>, name: string) =>
    found[name]?.state === 'unusable' ? found[name].message : found[name]?.state;

  it('one that could not be read says why, and is read again after pauses that grow, until it can be', async () => {
    put('ring', 'app');
    let tries = 0;
    const of = memory({
      read: async (listing, signal) => {
        tries += 1;
        if (tries > 2) return readPackage(listing, signal);
        throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      },
    });
    await recall(of);
    await recall(of, 1_000);
    await woken(1);
    expect(state(await recall(of), 'ring')).to.equal('package app: input/output error');
    await recall(of, 1_900);
    expect(tries).to.equal(1);
    const before = await recall(of, 100);
    expect(state(before, 'ring'), 'while it is read again').to.equal('package app: input/output error');
    await woken(2);
    expect((await recall(of, 3_900))['ring'], 'the same object').to.equal(before['ring']);
    expect(tries).to.equal(2);
    await recall(of, 100);
    await woken(3);
    expect(state(await recall(of), 'ring')).to.equal('ready');
  });

  it('one that a person must fix is not read again before that', async () => {
    put('ring', 'app');
    let tries = 0;
    const of = memory({
      read: async () => {
        tries += 1;
        throw new PackageFault('it is truncated');
      },
    });
    await recall(of);
    await recall(of, 1_000);
    await woken(1);
    for (let looks = 0; looks < 5; looks += 1)
      expect(state(await recall(of, 60_000), 'ring')).to.equal('package app: it is truncated');
    expect(tries).to.equal(1);
  });

  it('one that many manifests of a folder name is looked at and read once for all of them', async () => {
    for (const name of ['a', 'b', 'c']) put(name, 'app');
    let looks = 0;
    let reads = 0;
    const of = memory({
      list: (...args) => {
        looks += 1;
        return listPackage(...args);
      },
      read: (...args) => {
        reads += 1;
        return readPackage(...args);
      },
    });
    await recall(of);
    await recall(of, 1_000);
    await woken(1);
    const found = await recall(of);
    expect(['a', 'b', 'c'].map(name => state(found, name))).to.deep.equal(['ready', 'ready', 'ready']);
    expect([looks, reads]).to.deep.equal([3, 1]);
  });

  it('one on an unresponsive file system does not delay the others, and is reported when that lasts', async () => {
    put('gone', 'away');
    put('ring', 'app');
    let answer = (): void => undefined;
    let asked = 0;
    const of = memory({
      deadlineMs: 500,
      list: async (...args) => {
        if (args[2] !== 'away') return listPackage(...args);
        asked += 1;
        if (asked === 1)
          await new Promise<void>(resolve => {
            answer = resolve;
          });
        return listPackage(...args);
      },
    });
    await recall(of);
    await recall(of, 1_000);
    await woken(1);
    const found = await recall(of);
    expect([state(found, 'gone'), state(found, 'ring')]).to.deep.equal(['unsettled', 'ready']);
    const silent = 'package away: no answer from the file system for 30 s';
    expect(state(await recall(of, 30_000), 'gone')).to.equal(silent);
    expect(asked, 'while the first look has not ended').to.equal(1);
    answer();
    await woken(2);
    await recall(of);
    await recall(of, 1_000);
    await woken(3);
    expect(state(await recall(of), 'gone')).to.equal('ready');
  });

  it('one that answers late is not read again for that, and is as it was when it answers', async () => {
    put('ring', 'app');
    let slow = false;
    let reads = 0;
    const of = memory({
      deadlineMs: 500,
      list: async (...args) => {
        if (slow) await sleep(800);
        return listPackage(...args);
      },
      read: (...args) => {
        reads += 1;
        return readPackage(...args);
      },
    });
    await recall(of);
    await recall(of, 1_000);
    await woken(1);
    const before = await recall(of);
    slow = true;
    expect(state(await recall(of), 'ring')).to.equal('unsettled');
    await woken(2);
    expect((await recall(of))['ring']).to.equal(before['ring']);
    expect(reads).to.equal(1);
  });

  it('what is being read ends when it is closed, and nothing else is read', async () => {
    put('a', 'large');
    put('b', 'next');
    const large = join(root, 'large', 'a');
    truncateSync(large, 7 * 1024 ** 3);
    const begun: string[] = [];
    const of = memory({
      read: (listing, signal) => {
        begun.push(listing.path);
        return readPackage(listing, signal);
      },
    });
    await recall(of);
    await recall(of, 1_000);
    while (!opened(large)) await sleep(1);
    of.close();
    await woken(1);
    // Closing the file takes a moment; the test's own time is the limit
    while (opened(large)) await sleep(1);
    await sleep(50);
    expect(begun).to.have.length(1);
  }).timeout(3_000);
});

/** This process has the file open. */
function opened(path: string): boolean {
  return readdirSync('/proc/self/fd').some(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      // Closed since the folder was read
      return false;
    }
  });
}
