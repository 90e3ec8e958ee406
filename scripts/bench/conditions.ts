import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { command } from '../cluster/lib/command.js';
import { IMAGE } from './job.js';
import type { Place } from './place.js';

/** Where and on what it was measured, one line each. */
export async function conditions({ docker, socket, subnet }: Place): Promise<readonly string[]> {
  const { Version } = await docker.version();
  const run = ['docker', '--host', `unix://${socket}`, 'run', '--rm', '--network', 'none', IMAGE];
  const mpi = await command([...run, 'mpirun', '--version']);
  const ssh = await command([...run, 'ssh', '-V']);
  return [
    `date: ${new Date().toISOString().slice(0, 10)}, commit ${commit()}`,
    `machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${kernel()}, ${distribution()}`,
    `Docker Engine ${Version}, one node, overlay ${subnet} present before, image present`,
    `Node ${process.version}; in the image: ${mpi.stdout.split('\n')[0]}, ${ssh.stderr.trim().split(',')[0]}`,
  ];
}

/** `6.18`: what follows names a vendor's build. */
function kernel(): string {
  return release().split('.', 2).join('.');
}

function commit(): string {
  const git = (...argv: readonly string[]) => execFileSync('git', argv, { encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', 'controller', 'images', 'scripts/bench') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown'; // an unpacked archive has no history, and can be measured all the same
  }
}

function distribution(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown distribution';
}
