import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LauncherSecret, WorkerSecret } from '../../../controller/shared/protocol/protocol.js';
import type { AgentPaths } from '../runtime/paths.js';

/**
 * Makes the agent's folders. The one for keys is closed to other users; the one for ranks is open to all, because
 * ranks may run as another user than the agent.
 */
export function makeScratch(paths: AgentPaths): void {
  mkdirSync(paths.scratch, { recursive: true });
  mkdirSync(paths.ssh, { recursive: true, mode: 0o700 });
  mkdirSync(paths.ranks, { recursive: true });
  chmodSync(paths.ranks, 0o1777); // mkdir's mode is cut by the umask
}

/**
 * Makes the folder in which the recorder keeps copies of what ranks write, and a link to it at a fixed place: the scratch
 * folder is in memory and small. @returns the folder; undefined where there is no room for one, and then no copies are made.
 */
export function makeOutputFolder({ output, temporary }: AgentPaths): string | undefined {
  try {
    mkdirSync(temporary, { recursive: true });
    const folder = mkdtempSync(join(temporary, 'mpiswarm-output-'));
    chmodSync(folder, 0o1777);
    // The same container may have been started before
    rmSync(output, { force: true });
    symlinkSync(folder, output);
    return folder;
  } catch {
    return undefined;
  }
}

/** Copies the host key to a file that only the agent's user can read: sshd refuses to load it from anywhere else. */
export function writeHostKey(paths: AgentPaths, secret: WorkerSecret): void {
  writeFileSync(paths.hostKey, withNewline(secret.hostKey), { mode: 0o600 });
}

/** Copies the client key to a file that only the agent's user can read: ssh refuses one that others can read. */
export function writeClientKey(paths: AgentPaths, secret: LauncherSecret): void {
  writeFileSync(paths.clientKey, withNewline(secret.clientKey), { mode: 0o600 });
}

/** OpenSSH refuses a key file whose last line is not ended. */
function withNewline(key: string): string {
  return key.endsWith('\n') ? key : `${key}\n`;
}
