import { executable } from '../process/executable.js';
import { user } from '../ssh/user.js';
import { noUser } from '../worker/worker.js';

/**
 * Why this container can never start the command, and what to do; undefined when nothing speaks against it.
 * @param command the program of the command, `mpirun`.
 */
export function launcherFault(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (user(process.getuid?.() ?? 0) === undefined) return noUser();
  if (executable('ssh', env) === undefined) return 'no ssh in the image: install openssh-client there';
  if (executable(command, env) === undefined) {
    return `no ${command} in the image: install Open MPI there, or put its folder into PATH`;
  }
  return undefined;
}
