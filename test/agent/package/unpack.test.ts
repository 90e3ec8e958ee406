import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { archiveOf } from '../../adapters/packages/sample-archive.js';

const UNPACK = pathToFileURL('images/agent/package/unpack.ts').href;
/** Of a shell's `ulimit -f`, in bytes. */
const BLOCK = 512;
const LIMIT = 16_384 * BLOCK;

describe('unpacking a package', function () {
  this.timeout(60_000);
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'mpiswarm-unpack-'));
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('says so where a file does not fit, even if the part that does is taken without an error', async () => {
    const archive = join(base, 'archive');
    writeFileSync(archive, await archiveOf([{ name: 'a' }, 'x'.repeat(LIMIT + 50_000)]));
    const script = `
      import { createReadStream } from 'node:fs';
      import { unpack } from ${JSON.stringify(UNPACK)};
      await unpack(createReadStream(${JSON.stringify(archive)}), ${JSON.stringify(base)}).then(
        () => console.log('unpacked'),
        error => console.log(error.code),
      );`;
    // As a full disk does, the limit takes what fits, and refuses only the next write
    const limited = `ulimit -f ${LIMIT / BLOCK}; exec "$@"`;
    const argv = ['-c', limited, 'sh', process.execPath, '--import=tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)('sh', argv);
    expect([stdout.trim(), statSync(join(base, 'a')).size]).to.deep.equal(['EFBIG', LIMIT]);
  });
});
