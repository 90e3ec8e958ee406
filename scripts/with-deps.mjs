/**
 * Runs a TypeScript file of this project: `node scripts/with-deps.mjs FILE [ARG…]`. Installs the project's packages first
 * where they are missing or older than the lock file, so that a fresh clone needs no other step.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error('installing the packages that package-lock.json names');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
run(process.execPath, ['--import', 'tsx', join(root, script), ...args]);

function run(command, argv) {
  const { status, signal, error } = spawnSync(command, argv, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status);
}
