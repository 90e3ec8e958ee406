import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ManifestSet } from '../../../controller/api/manifest/manifests.js';
import { manifest } from '../../api/manifest.js';

/** Root may read everything, so another user looks: the one called nobody. */
const NOBODY = '65534';

describe('a folder of manifests that may not be read', function () {
  this.timeout(20_000);
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mpiswarm-permission-'));
    chmodSync(root, 0o755);
    mkdirSync(join(root, 'team'));
    writeFileSync(join(root, 'good.yaml'), manifest('good'));
    writeFileSync(join(root, 'secret.yaml'), manifest('secret'));
    writeFileSync(join(root, 'team', 'a.yaml'), manifest('a'));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('in parts, tells which, and gives all the other jobs', async () => {
    chmodSync(join(root, 'secret.yaml'), 0o600);
    chmodSync(join(root, 'team'), 0o700);
    const set = await readAsNobody(root);
    expect(set.jobs.map(job => job.key)).to.deep.equal(['default/good']);
    expect(set.problems.map(problem => [problem.file, problem.message])).to.deep.equal([
      ['secret.yaml', 'the file cannot be read: permission denied'],
      ['team/', 'the folder cannot be read: permission denied'],
    ]);
    expect(set.unreadableFiles).to.deep.equal(['secret.yaml', 'team/']);
  });

  it('at all, is unreadable and not empty', async () => {
    chmodSync(root, 0o700);
    const set = await readAsNobody(root);
    expect([set.readable, set.error]).to.deep.equal([
      false,
      `manifest folder ${root} cannot be read: permission denied`,
    ]);
  });
});

async function readAsNobody(root: string): Promise<ManifestSet> {
  const script = fileURLToPath(new URL('read-as.ts', import.meta.url));
  const args = ['--import=tsx', script, NOBODY, root];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
  return JSON.parse(stdout);
}
