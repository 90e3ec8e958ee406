import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { volumeFaults } from '../../images/agent/package/verify.js';
import { replaceFile } from '../../images/agent/process/replace-file.js';
import { recordedRanks, watchRanks } from '../../images/agent/ranks/ranks.js';
import { identity } from '../../images/agent/runtime/identity.js';
import { agentPaths } from '../../images/agent/runtime/paths.js';
import { makeScratch, writeClientKey } from '../../images/agent/ssh/scratch.js';
import { user } from '../../images/agent/ssh/user.js';
import { addressIn, waitForAddress } from '../../images/agent/worker/address.js';
import { freeDisk, resources } from '../../images/agent/worker/resources.js';

describe('the agent’s files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpiswarm-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('a hostfile appears whole, with its folders, and nothing is left beside it', async () => {
    const file = join(folder, 'deep', 'down', 'hostFile');
    expect(await replaceFile(file, 'a\n')).to.equal('a\n');
    expect(await replaceFile(file, 'b\n')).to.equal('b\n');
    expect(readdirSync(join(folder, 'deep', 'down'))).to.deep.equal(['hostFile']);
  });

  it('a hostfile that cannot be written leaves the old one alone', async () => {
    mkdirSync(join(folder, 'hostFile', 'in-the-way'), { recursive: true });
    const error = await replaceFile(join(folder, 'hostFile'), 'x').catch(
      (e: NodeJS.ErrnoException) => e.code,
    );
    expect(error).to.equal('EISDIR');
    expect(readdirSync(folder)).to.deep.equal(['hostFile']);
  });

  it('keys can be read by their owner alone, and ranks recorded by anybody', () => {
    const paths = agentPaths(folder);
    makeScratch(paths);
    writeClientKey(paths, { clientKey: 'KEY', zookeeper: '' });
    expect(readFileSync(paths.clientKey, 'utf8')).to.equal('KEY\n');
    expect(statSync(paths.clientKey).mode & 0o777).to.equal(0o600);
    expect(statSync(paths.ssh).mode & 0o777).to.equal(0o700);
    expect(statSync(paths.ranks).mode & 0o7777).to.equal(0o1777);
  });

  it('only files named by a rank are ranks', () => {
    for (const name of ['10', '2', '.tmp', 'x1']) writeFileSync(join(folder, name), '');
    expect(recordedRanks(folder)).to.deep.equal([2, 10]);
  });

  it('ranks are reported together soon after they recorded themselves', async () => {
    const seen: (readonly number[])[] = [];
    const stop = watchRanks(
      folder,
      ranks => seen.push(ranks),
      () => undefined,
    );
    for (const rank of [3, 1, 2]) writeFileSync(join(folder, String(rank)), '');
    for (let tries = 0; tries < 100 && seen.length === 0; tries++) await sleep(5);
    stop();
    expect(seen).to.deep.equal([[1, 2, 3]]);
  });

  it('limits are read from both versions of cgroups, and none are made up', () => {
    expect(resources(folder)).to.deep.equal({});
    mkdirSync(join(folder, 'cpu'));
    mkdirSync(join(folder, 'memory'));
    writeFileSync(join(folder, 'cpu', 'cpu.cfs_quota_us'), '-1\n');
    writeFileSync(join(folder, 'cpu', 'cpu.cfs_period_us'), '100000\n');
    writeFileSync(join(folder, 'memory', 'memory.limit_in_bytes'), '9223372036854771712\n');
    expect(resources(folder)).to.deep.equal({});
    writeFileSync(join(folder, 'cpu', 'cpu.cfs_quota_us'), '150000\n');
    writeFileSync(join(folder, 'memory', 'memory.limit_in_bytes'), '1048576\n');
    expect(resources(folder)).to.deep.equal({ cpus: 1.5, memoryBytes: 1048576 });
    writeFileSync(join(folder, 'cpu.max'), '50000 100000\n');
    writeFileSync(join(folder, 'memory.max'), '2097152\n');
    expect(resources(folder)).to.deep.equal({ cpus: 0.5, memoryBytes: 2097152 });
    writeFileSync(join(folder, 'memory.max'), 'max\n');
    expect(resources(folder)).to.deep.equal({ cpus: 0.5 });
  });

  it('free disk is what df says, and unknown where there is no such folder', () => {
    const before = Number(
      execFileSync('df', ['--output=avail', '-B1', folder], { encoding: 'utf8' }).split('\n')[1],
    );
    expect(freeDisk(folder)).to.be.closeTo(before, 2 ** 30);
    expect(freeDisk(join(folder, 'missing'))).to.equal(undefined);
  });

  it('a user is known by the image’s own files, and an account locked by a leading exclamation mark', () => {
    writeFileSync(join(folder, 'passwd'), 'root:x:0:0::/root:/bin/sh\nmpi:x:1000:1000::/home/mpi:/bin/sh\n');
    writeFileSync(join(folder, 'shadow'), 'root:*:1::::::\nmpi:!:1::::::\n');
    expect(user(0, folder)).to.deep.equal({ name: 'root', uid: 0, locked: false });
    expect(user(1000, folder)).to.deep.equal({ name: 'mpi', uid: 1000, locked: true });
    expect(user(7, folder)).to.equal(undefined);
  });

  it('a volume is as it was made, or each difference is named', async () => {
    writeFileSync(join(folder, 'a'), 'content');
    const sum = createHash('sha256').update('content').digest('hex');
    writeFileSync(join(folder, 'SHA256SUMS'), `${sum}  a\n`);
    expect(await volumeFaults(folder)).to.deep.equal([]);
    writeFileSync(join(folder, 'SHA256SUMS'), `${sum}  a\n${sum}  b\n`);
    expect((await volumeFaults(folder)).join()).to.match(/^b: expected sha256 .* got ENOENT/);
    writeFileSync(join(folder, 'SHA256SUMS'), '');
    expect((await volumeFaults(folder)).join()).to.include('names no file');
  });

  it('an environment without a role is refused with the name of the variable', () => {
    expect(() => identity({}, agentPaths(folder))).to.throw('MPISWARM_ROLES is not set');
  });
});

describe('the agent’s own address', () => {
  it('is the one inside the run’s subnets, whatever its place in the list', () => {
    expect(addressIn(['10.0.1.0/24'], ['127.0.0.1', '172.18.0.3', '10.0.1.7'])).to.equal('10.0.1.7');
    expect(addressIn(['10.0.1.0/24', '10.9.0.0/16'], ['10.9.200.1'])).to.equal('10.9.200.1');
    expect(addressIn(['10.0.1.0/24'], ['10.0.2.7'])).to.equal(undefined);
  });

  it('is waited for a while', async () => {
    let asked = 0;
    const addresses = () => (++asked < 3 ? [] : ['10.0.1.7']);
    expect(await waitForAddress(['10.0.1.0/24'], 1000, addresses)).to.equal('10.0.1.7');
    expect(await waitForAddress(['10.0.1.0/24'], 30, () => [])).to.equal(undefined);
  });
});
