import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { agentFiles } from '../../../../controller/adapters/setup/agent-image/files.js';

const AGENT = "console.log('agent on', process.version, process.argv.slice(2).join());\n";

describe('the files of the agent', () => {
  let bundles: string;
  before(() => {
    bundles = mkdtempSync(join(tmpdir(), 'mpiswarm-agent-files-'));
    writeFileSync(join(bundles, 'agent.cjs'), AGENT);
    writeFileSync(join(bundles, 'agent-ssh.cjs'), '');
    writeFileSync(join(bundles, 'each.cjs'), AGENT.replace('agent on', 'each on'));
    writeFileSync(join(bundles, 'agent-package.cjs'), '');
    writeFileSync(join(bundles, 'rank.sh'), '#!/bin/sh\nexec "$@"\n');
  });
  after(() => rmSync(bundles, { recursive: true }));

  it('have the same digest for the same content, whenever they were built', async () => {
    const first = await agentFiles(bundles);
    utimesSync(join(bundles, 'agent.cjs'), 1, 1);
    expect((await agentFiles(bundles)).content)
      .to.equal(first.content)
      .and.to.match(/^[0-9a-f]{12}$/);
  });

  it('have another digest when any of them differs', async () => {
    const first = await agentFiles(bundles);
    writeFileSync(join(bundles, 'agent-ssh.cjs'), '// changed');
    expect((await agentFiles(bundles)).content).not.to.equal(first.content);
  });

  it('bring a Node that runs by its own loader, and checksums that hold', async () => {
    const { files, command } = await agentFiles(bundles);
    const root = mkdtempSync(join(tmpdir(), 'mpiswarm-unpacked-'));
    try {
      for (const { path, content, executable } of files) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content, { mode: executable ? 0o755 : 0o644 });
      }
      expect(
        execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: root, encoding: 'utf8' }),
      ).to.include('bin/node: OK');
      const [program = '', ...args] = command.map(word => word.replace(/^\/opt\/mpiswarm/, root));
      const said = execFileSync(program, [...args, 'a', 'b'], { encoding: 'utf8', env: {} });
      expect(said).to.equal(`agent on ${process.version} a,b\n`);
      const each = readFileSync(join(root, 'bin/each'), 'utf8').replaceAll('/opt/mpiswarm', root);
      writeFileSync(join(root, 'bin/each'), each);
      const eachSaid = execFileSync(join(root, 'bin/each'), ['a b', '$c'], { encoding: 'utf8', env: {} });
      expect(eachSaid).to.equal(`each on ${process.version} a b,$c\n`);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('are not made while one of them is missing', async () => {
    const failed = await agentFiles('/nonexistent').then(() => undefined, String);
    expect(failed).to.match(/ENOENT.*\/nonexistent\//);
  });
});
