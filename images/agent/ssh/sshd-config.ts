import type { AgentPaths } from '../runtime/paths.js';

export interface SshdSettings {
  readonly paths: Pick<AgentPaths, 'hostKey' | 'authorizedKeys'>;
  readonly address: string;
  readonly port: number;
  /** Set where sshd would refuse the user's locked account without PAM. */
  readonly usePam: boolean;
  /** Whether this sshd knows `PerSourcePenalties` (OpenSSH 9.8 and later); an unknown word stops sshd. */
  readonly penalties: boolean;
  /** The container's environment, from which ranks get theirs. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration of the run's own sshd (sshd_config(5)): on the overlay's address alone, by key alone, nothing
 * forwarded. Equal settings give equal bytes.
 */
export function sshdConfig(settings: SshdSettings): string {
  const environment = setEnv(settings.env);
  return `${[
    `Port ${settings.port}`,
    `ListenAddress ${settings.address}`,
    `HostKey ${settings.paths.hostKey}`,
    `AuthorizedKeysFile ${settings.paths.authorizedKeys}`,
    // The key file lies below a world-writable tmpfs, in a folder that only this user can enter.
    'StrictModes no',
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `UsePAM ${settings.usePam ? 'yes' : 'no'}`,
    // Without the post-quantum default: it costs 80 ms a hop inside the overlay.
    'KexAlgorithms curve25519-sha256',
    'DisableForwarding yes',
    'PermitTTY no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    'PrintMotd no',
    'PrintLastLog no',
    'UseDNS no',
    'PidFile none',
    'LogLevel INFO',
    // The default 10:30:100 drops handshakes when many arrive at once.
    'MaxStartups 200',
    ...(settings.penalties ? ['PerSourcePenalties no'] : []),
    ...(environment === undefined ? [] : [environment]),
  ].join('\n')}\n`;
}

/** Options before the key: `restrict` takes every right but running a command. */
export function authorizedKeys(clientPublicKey: string): string {
  return `restrict ${clientPublicKey.trim()}\n`;
}

/** Set again by sshd or the shell, or about the agent's own process. */
const NOT_FOR_RANKS = new Set(['HOSTNAME', 'HOME', 'PWD', 'OLDPWD', 'SHLVL', '_']);

/**
 * All variables on one line: sshd takes the first SetEnv line and ignores others. A pair is quoted before its name, with
 * `\` and `"` escaped, which is how sshd splits words. A value with a line break cannot be written and is left out.
 */
function setEnv(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const pairs = Object.entries(env)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .filter(([name]) => !name.startsWith('MPISWARM_') && !NOT_FOR_RANKS.has(name))
    .filter(([, value]) => value !== undefined && !/[\r\n]/.test(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `"${name}=${(value ?? '').replace(/[\\"]/g, '\\$&')}"`);
  return pairs.length === 0 ? undefined : `SetEnv ${pairs.join(' ')}`;
}
