import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PolicyFile } from '../../../controller/adapters/policy/policy-file.js';
import { failureOf } from '../packages/failure.js';

describe('the policy file', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpiswarm-policy-'));
    file = join(folder, 'policy.yaml');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('must be there and right at the start', async () => {
    expect(await failureOf(() => PolicyFile.open(file, () => undefined))).to.include('it does not exist');
    writeFileSync(file, 'defaults: {}\n');
    expect(await failureOf(() => PolicyFile.open(file, () => undefined))).to.include(
      'defaults is no key of a policy; there are namespaces and default',
    );
  });

  it('counts as it is now, and as it was when it breaks, which it says once', async () => {
    writeFileSync(file, 'default: {maxWorkers: 1}\n');
    const said: string[] = [];
    const policy = await PolicyFile.open(file, line => said.push(line));
    writeFileSync(file, 'default: {maxWorkers: 2}\n');
    expect((await policy.current()).default).to.deep.equal({ maxWorkers: 2 });
    writeFileSync(file, 'default: {maxWorkers: many}\n');
    for (let i = 0; i < 3; i += 1) expect((await policy.current()).default).to.deep.equal({ maxWorkers: 2 });
    expect(said).to.deep.equal([
      `${file}:1: default.maxWorkers must be a number; the last one that was right counts`,
    ]);
    rmSync(file);
    expect((await policy.current()).default).to.deep.equal({ maxWorkers: 2 });
    writeFileSync(file, 'default: {maxWorkers: 3}\n');
    expect((await policy.current()).default).to.deep.equal({ maxWorkers: 3 });
    expect(said.slice(1)).to.deep.equal([
      `${file}: the policy cannot be read: it does not exist; the last one that was right counts`,
      `${file}: the policy is right again`,
    ]);
  });
});
