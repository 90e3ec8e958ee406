import type { Registration } from '../../../controller/shared/protocol/protocol.js';
import { replaceFile } from '../process/replace-file.js';
import type { AgentPaths } from '../runtime/paths.js';

/**
 * The file that mpirun's ssh is given by `-F` (ssh_config(5)): the run's port, user, key and known hosts, and nothing
 * of the image's own settings. Strict: a host that shows another key is not connected to.
 */
export function sshClientConfig(paths: AgentPaths, port: number, user: string): string {
  return `${[
    'Host *',
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${paths.clientKey}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${paths.knownHosts}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'CheckHostIP no',
    'HostKeyAlgorithms ssh-ed25519',
    'KexAlgorithms curve25519-sha256',
    'PreferredAuthentications publickey',
    'BatchMode yes',
    'AddressFamily inet',
    'ConnectTimeout 10',
    'ConnectionAttempts 3',
    'ForwardX11 no',
    'LogLevel ERROR',
  ].join('\n')}\n`;
}

/** One line per registered worker, by worker index. A port other than 22 is part of the name (sshd(8)). */
export function knownHosts(registrations: readonly Registration[], hostPublicKey: string): string {
  return [...registrations]
    .sort((a, b) => a.index - b.index)
    .map(({ address, port }) => `${port === 22 ? address : `[${address}]:${port}`} ${hostPublicKey.trim()}\n`)
    .join('');
}

/** Writes the known hosts of exactly these workers. Throws when the file cannot be written. */
export async function writeKnownHosts(
  paths: AgentPaths,
  registrations: readonly Registration[],
  hostPublicKey: string,
): Promise<void> {
  await replaceFile(paths.knownHosts, knownHosts(registrations, hostPublicKey), 0o600);
}
