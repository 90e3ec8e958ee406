import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command } from '../../scripts/cluster/lib/command.js';
import { startBuilder } from '../../scripts/images/builder.js';

describe('the engine that builds images @full', function () {
  this.timeout(60_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mpiswarm-builder-test-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('changes neither interfaces nor routes nor firewall, and leaves no process and no mount', async () => {
    const before = await network();
    const builder = await startBuilder(join(dir, 'engine'));
    expect((await builder.docker.info()).Images).to.equal(0);
    expect(await network()).to.equal(before);
    await builder.stop();
    expect(processesOf(dir)).to.deep.equal([]);
    expect(groups()).to.deep.equal([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.to.include(dir);
    expect(await network()).to.equal(before);
  });

  it('dies with the process that started it, however that ends', async () => {
    const url = new URL('../../scripts/images/builder.ts', import.meta.url);
    const script = `const { startBuilder } = await import('${url}'); await startBuilder('${dir}/engine'); console.log('up'); setInterval(() => {}, 1e6);`;
    const starter = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(starter.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
    expect(processesOf(dir)).to.have.length.above(1);
    starter.kill('SIGKILL');
    const deadline = performance.now() + 10_000;
    while (processesOf(dir).length > 0 && performance.now() < deadline)
      await new Promise(r => setTimeout(r, 50));
    expect(processesOf(dir)).to.deep.equal([]);
  });
});

async function network(): Promise<string> {
  const parts = [
    ['ip', '-o', 'link'],
    ['ip', 'route'],
    ['ip', 'addr'],
    ['sysctl', '-n', 'net.ipv4.ip_forward'],
  ];
  const texts = await Promise.all(parts.map(async argv => (await command(argv)).stdout));
  const tables = readFileSync('/proc/net/ip_tables_names', 'utf8');
  const rules =
    tables === '' ? '' : (await command(['iptables-save'])).stdout.replace(/^#.*|\[\d+:\d+\]/gm, '');
  return [...texts, rules].join('\n').replace(/valid_lft \S+ preferred_lft \S+/g, '');
}

function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return words.includes(folder) && !words.includes('--input-type=module') ? [`${pid} ${words}`] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

/** Control groups of builders, in the one hierarchy of version 2 or the several of version 1. */
function groups(): readonly string[] {
  const root = '/sys/fs/cgroup';
  const entries = readdirSync(root).flatMap(name => {
    try {
      return [name, ...readdirSync(join(root, name))];
    } catch {
      return [name]; // a file
    }
  });
  return entries.filter(name => name.startsWith('mpiswarm-builder'));
}
