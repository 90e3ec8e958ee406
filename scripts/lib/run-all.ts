import { spawnSync } from 'node:child_process';

/** Runs commands one after the other with their output shown; returns how many failed. */
export function runAll(commands: readonly (readonly string[])[]): number {
  let failed = 0;
  for (const [command = '', ...args] of commands) {
    console.log(`── ${[command, ...args].join(' ')}`);
    if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) failed += 1;
  }
  return failed;
}

/** A TypeScript file of this project as a command. */
export function script(file: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, '--import', 'tsx', file, ...args];
}
