import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { agentPaths } from '../../../images/agent/runtime/paths.js';
import { startSshd } from '../../../images/agent/ssh/sshd.js';

describe('an sshd that accepts no login', () => {
  it('is reported with what to do, where it may not write the audit log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mpiswarm-sshd-'));
    const program = join(folder, 'sshd');
    const lines = [
      'Server listening on 127.0.0.1 port 2022.',
      'fatal: linux_audit_write_entry failed: Operation not permitted',
    ];
    writeFileSync(program, `#!/bin/sh\n${lines.map(line => `echo '${line}' >&2`).join('\n')}\nsleep 60\n`);
    chmodSync(program, 0o755);
    mkdirSync(agentPaths(folder).ssh, { recursive: true });
    const seen: string[] = [];
    const why = await new Promise<string>(resolve => {
      const sshd = startSshd(program, {
        paths: agentPaths(folder),
        ...{ address: '127.0.0.1', port: 2022, clientPublicKey: 'ssh-ed25519 A', env: {} },
        user: { name: 'someone', uid: 1000, locked: false },
        log: () => undefined,
        onListening: () => seen.push('listens'),
        onDown: () => seen.push('down'),
        onLogin: () => seen.push('login'),
        onRefusing: said => void sshd.stop().then(() => resolve(said)),
      });
    });
    expect(seen).to.deep.equal(['listens']);
    expect(why).to.include('capability AUDIT_WRITE');
    expect(why).to.include('--audit-write');
  });
});
