import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { PackageService, RunPackage } from '../../controller/shared/protocol/package-service.js';
import { obtainPackage } from '../../images/agent/package/obtain-package.js';
import { servePackage, wholeArchive } from '../../images/agent/package/serve-package.js';
import { archiveOf } from '../adapters/packages/sample-archive.js';

const CREDENTIAL = 'run:0123456789abcdef';
const HOST = '127.0.0.1';

describe('the package of a run', () => {
  let base: string;
  let served: string;
  let paths: { readonly jobPackage: string; readonly temporary: string };
  const servers: Server[] = [];

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-agent-package-'));
    served = join(base, 'packages');
    paths = { jobPackage: join(base, 'job', 'package'), temporary: join(base, 'tmp') };
    for (const folder of [served, join(base, 'job')]) mkdirSync(folder);
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
    rmSync(base, { recursive: true, force: true });
  });

  /** Serves what is in the folder as the package that the archive is; its address once it listens. */
  async function serve(archive: Buffer, credential = CREDENTIAL): Promise<RunPackage> {
    const wanted = { sha256: sha256(archive), bytes: archive.length };
    const service = { ...wanted, port: 0, credentialSha256: sha256(credential) };
    return { ...wanted, ...(await listening(started(service))) };
  }

  function started(service: PackageService): Server {
    const file = wholeArchive(service, served);
    file.catch(() => undefined);
    return servePackage(service, file, HOST);
  }

  async function listening(server: Server): Promise<{ readonly host: string; readonly port: number }> {
    servers.push(server);
    if (!server.listening) await new Promise(resolve => server.once('listening', resolve));
    return { host: HOST, port: (server.address() as AddressInfo).port };
  }

  const put = (name: string, archive: Buffer): void => writeFileSync(join(served, name), archive);

  /** Obtains it; a failed try calls `between`, and no time passes. */
  async function obtain(wanted: RunPackage, between: (why: string) => void = () => undefined) {
    const told: string[] = [];
    const fault = await obtainPackage({
      wanted,
      credential: CREDENTIAL,
      paths,
      waiting: why => {
        told.push(why);
        if (told.length > 20) throw new Error(`it does not end: ${why}`);
        between(why);
      },
      pause: async () => undefined,
    });
    return { fault, told };
  }

  it('is fetched, checked, and unpacked below a link, and its archive is not kept', async () => {
    const archive = gzipSync(
      await archiveOf(
        [{ name: './', type: 'directory', mode: 0o700 }, ''],
        [{ name: './bin/run.sh', mode: 0o4755, uid: 4_242 }, '#!/bin/sh\n'],
        [{ name: './secret', mode: 0o400 }, 'x'.repeat(300_000)],
        [{ name: './bin/link', type: 'symlink', linkname: '../secret' }, ''],
        [{ name: './hard', type: 'link', linkname: 'secret' }, ''],
        [{ name: './empty', type: 'directory' }, ''],
      ),
    );
    put('one', archive);
    expect(await obtain(await serve(archive))).to.deep.equal({ fault: undefined, told: [] });
    const at = (name: string) => join(paths.jobPackage, name);
    expect(readdirSync(paths.jobPackage).sort()).to.deep.equal(['bin', 'empty', 'hard', 'secret']);
    expect(readFileSync(at('bin/link'), 'utf8')).to.equal('x'.repeat(300_000));
    expect(statSync(at('hard')).ino).to.equal(statSync(at('secret')).ino);
    expect(statSync(at('bin/run.sh')).mode & 0o7777).to.equal(0o755);
    expect(statSync(at('bin/run.sh')).uid).to.equal(process.getuid?.());
    expect(statSync(at('secret')).mode & 0o777).to.equal(0o600);
    expect(readdirSync(join(at('.'), '..'))).to.have.members(readdirSync(join(base, 'job')));
    const [folder = ''] = readdirSync(paths.temporary);
    expect(readdirSync(join(paths.temporary, folder))).to.deep.equal(['content']);
  });

  it('is awaited until it is served, and until it is complete', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    const other = createServer().listen(0, HOST);
    const { port } = await listening(other);
    await new Promise(resolve => other.close(resolve));
    servers.length = 0;
    const wanted = { sha256: sha256(archive), bytes: archive.length, host: HOST, port };
    const service = { ...wanted, credentialSha256: sha256(CREDENTIAL) };
    put('half', archive.subarray(0, 700));
    let tries = 0;
    const { fault, told } = await obtain(wanted, () => {
      tries += 1;
      if (tries === 1) servers.push(started(service));
      if (tries === 2) {
        servers.pop()?.close();
        put('whole', archive);
        servers.push(started(service));
      }
    });
    expect(fault).to.equal(undefined);
    expect(told[0]).to.match(/cannot fetch the package from 127\.0\.0\.1:\d+: connect ECONNREFUSED/);
    expect(told[1]).to.match(/HTTP 503/);
    expect(readFileSync(join(paths.jobPackage, 'a'), 'utf8')).to.equal('content');
  });

  it('is served whole although another controller left half of it, or rubbish of the same size', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    put('1', archive.subarray(0, 700));
    put('2', Buffer.alloc(archive.length));
    put('3', archive);
    expect((await obtain(await serve(archive))).fault).to.equal(undefined);
  });

  it('is served only with its credential, and is the only package served', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    put('one', archive);
    const wanted = await serve(archive, 'run:another');
    const url = `http://${HOST}:${wanted.port}/${wanted.sha256}`;
    expect((await fetch(url)).status).to.equal(401);
    const headers = { authorization: `Basic ${Buffer.from(CREDENTIAL).toString('base64')}` };
    expect((await fetch(url, { headers })).status).to.equal(401);
    expect((await fetch(`http://${HOST}:${wanted.port}/`, { headers })).status).to.equal(404);
  });

  it('that has the wrong content again and again is an error', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    const server = createServer((_, response) => response.end(Buffer.alloc(archive.length))).listen(0, HOST);
    const wanted = { sha256: sha256(archive), bytes: archive.length, ...(await listening(server)) };
    const { fault, told } = await obtain(wanted);
    expect(fault).to.match(/wrong package from .*: expected [0-9a-f]{64}, got [0-9a-f]{64}/);
    expect(told).to.have.length(4);
    expect(readdirSync(join(base, 'job'))).to.deep.equal([]);
  });

  it('that is cut off on its way is fetched again', async () => {
    const archive = await archiveOf([{ name: 'a' }, 'content']);
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(200, { 'content-length': archive.length });
      if (asked > 2) return void response.end(archive);
      response.write(archive.subarray(0, 600), () => response.destroy());
    }).listen(0, HOST);
    const wanted = { sha256: sha256(archive), bytes: archive.length, ...(await listening(server)) };
    expect((await obtain(wanted)).fault).to.equal(undefined);
    expect(asked).to.equal(3);
  });

  it('that cannot be written to disk is an error', async () => {
    writeFileSync(paths.temporary, '');
    const archive = await archiveOf([{ name: 'a' }, '']);
    put('one', archive);
    expect((await obtain(await serve(archive))).fault).to.match(/no folder for the package/);
  });

  const attacks: readonly (readonly [string, () => Promise<Buffer>, RegExp])[] = [
    [
      'writes through a link of its own',
      () =>
        archiveOf(
          [{ name: 'inside', type: 'directory' }, ''],
          [{ name: 'a', type: 'symlink', linkname: 'inside' }, ''],
          [{ name: 'a/escaped' }, 'x'],
        ),
      /holds a as a folder and as something else/,
    ],
    [
      'links to a link, to lead out by steps',
      () =>
        archiveOf(
          [{ name: 'd/up', type: 'symlink', linkname: '..' }, ''],
          [{ name: 'out', type: 'symlink', linkname: 'd/up/../escaped' }, ''],
          [{ name: 'hard', type: 'link', linkname: 'd/up/x' }, ''],
        ),
      /link to d\/up\/x, which it does not hold/,
    ],
    [
      'puts a file in the place of a folder',
      () => archiveOf([{ name: 'a/b' }, ''], [{ name: 'a' }, '']),
      /as a folder/,
    ],
    [
      'links to what is no file',
      () => archiveOf([{ name: 'a', type: 'link', linkname: 'b' }, '']),
      /ENOENT|no file/,
    ],
    ['is no archive', async () => Buffer.alloc(2_048, 'x'), /not a tar archive/],
  ];
  for (const [what, make, words] of attacks) {
    it(`that ${what} is a fault, and nothing leaves its folder`, async () => {
      const archive = await make();
      put('one', archive);
      const { fault } = await obtain(await serve(archive));
      expect(fault)
        .to.match(/the package cannot be unpacked/)
        .and.to.match(words);
      expect(readdirSync(base).sort()).to.deep.equal(['job', 'packages', 'tmp']);
      expect(readdirSync(join(base, 'job'))).to.deep.equal([]);
      const folder = join(paths.temporary, readdirSync(paths.temporary)[0] ?? '');
      expect(readdirSync(folder).sort()).to.deep.equal(['archive', 'content']);
    });
  }

  it('holds, of two files of one name, the later one, also where the first is a link', async () => {
    const archive = await archiveOf(
      [{ name: 'target' }, 'kept'],
      [{ name: 'a', type: 'symlink', linkname: 'target' }, ''],
      [{ name: 'a' }, 'later'],
    );
    put('one', archive);
    expect((await obtain(await serve(archive))).fault).to.equal(undefined);
    const read = (name: string) => readFileSync(join(paths.jobPackage, name), 'utf8');
    expect([read('target'), read('a')]).to.deep.equal(['kept', 'later']);
  });
});

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
