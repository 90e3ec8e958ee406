/**
 * Runs a TypeScript file of this project: `node scripts/with-deps.mjs FILE [ARG…]`. Installs the project's packages first
 * where they are missing or older than the lock file, so that a fresh clone needs no other step.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error('installing the packages that package-lock.json names');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
await run(process.execPath, ['--import', 'tsx', join(root, script), ...args]);

/** Waits for the command's end also when it is interrupted, so that what it writes while it tidies up comes before the shell's prompt. */
async function run(command, argv) {
  const child = spawn(command, argv, { cwd: root, stdio: 'inherit' });
  const pass = signal => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const [status, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (...end) => resolve(end));
  });
  for (const each of signals) process.off(each, pass);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status);
}
