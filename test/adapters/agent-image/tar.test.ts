import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type AgentImage, agentImageTar } from '../../../controller/adapters/agent-image/tar.js';
import { ustar } from '../../../controller/adapters/agent-image/ustar.js';

const AGENT = "console.log('agent on', process.version, process.argv.slice(2).join());\n";

describe('the agent’s image', () => {
  let bundle: string;
  before(() => {
    bundle = mkdtempSync(join(tmpdir(), 'mpiswarm-agent-image-'));
    writeFileSync(join(bundle, 'agent.mjs'), AGENT);
  });
  after(() => rmSync(bundle, { recursive: true }));

  it('is the same bytes for the same content, whenever it was built', async () => {
    const first = await agentImageTar({ bundle });
    const bytes = await digest(first);
    utimesSync(join(bundle, 'agent.mjs'), 1, 1);
    const second = await agentImageTar({ bundle });
    expect(second.contentHash)
      .to.equal(first.contentHash)
      .and.to.match(/^[0-9a-f]{12}$/);
    expect(await digest(second)).to.equal(bytes);
  });

  it('has another hash when any file of the bundle differs', async () => {
    const first = await agentImageTar({ bundle });
    writeFileSync(join(bundle, 'agent-part.cjs'), 'x');
    const second = await agentImageTar({ bundle });
    rmSync(join(bundle, 'agent-part.cjs'));
    expect(second.contentHash).not.to.equal(first.contentHash);
  });

  it('unpacks to files whose checksums hold, and whose Node runs by its own loader', async () => {
    const image = await agentImageTar({ bundle });
    const root = mkdtempSync(join(tmpdir(), 'mpiswarm-unpacked-'));
    try {
      execFileSync('tar', ['-C', root, '-x'], { input: await content(image) });
      const agent = join(root, 'opt/mpiswarm');
      expect(
        execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: agent, encoding: 'utf8' }),
      ).to.include('bin/node: OK');
      expect(readFileSync(join(agent, 'agent.mjs'), 'utf8')).to.equal(AGENT);
      const [program = '', ...args] = image.command.map(word => word.replace(/^\/opt\/mpiswarm/, agent));
      const said = execFileSync(program, [...args, 'a', 'b'], { encoding: 'utf8', env: {} });
      expect(said).to.equal(`agent on ${process.version} a,b\n`);
      expect(execFileSync(join(agent, 'bin/rank'), ['echo', 'a  b'], { encoding: 'utf8' })).to.equal(
        'a  b\n',
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('says which file is missing when the agent was not built', async () => {
    const failed = await agentImageTar({ bundle: '/nonexistent' }).then(() => undefined, String);
    expect(failed).to.include('/nonexistent/agent.mjs is not there; build it');
  });
});

describe('a ustar archive', () => {
  it('refuses a path that does not fit instead of cutting it', () => {
    const entry = { path: 'x'.repeat(101), mode: 0o644, content: Buffer.alloc(0) };
    expect(() => [...ustar([entry])]).to.throw('at most 100 bytes');
  });
});

async function content(image: AgentImage): Promise<Buffer> {
  return Buffer.concat((await image.tar().toArray()) as Buffer[]);
}

async function digest(image: AgentImage): Promise<string> {
  return createHash('sha256')
    .update(await content(image))
    .digest('hex');
}
