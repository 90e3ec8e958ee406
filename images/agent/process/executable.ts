import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The absolute path of a program, looked for in `first` and then along the `PATH` of `env`; a name with a slash is
 * taken as it is. Undefined when no such executable file is there.
 */
export function executable(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  first: readonly string[] = [],
): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = [...first, ...(env['PATH'] ?? '').split(delimiter)].filter(folder => isAbsolute(folder));
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not ours to run: both mean "look further"
  }
}
