import ssh2 from 'ssh2';

export interface ProveOptions {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Client private key, OpenSSH format. */
  readonly clientKey: string;
  /** Public key line that the other side must show, exactly. */
  readonly hostPublicKey: string;
  /** From the first packet to the login's end, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Logs in by SSH as mpirun's ssh will: same key, same user, host key checked. Runs nothing there.
 * @returns undefined when the login succeeded, else why not, with address and port. Never throws for the other side's faults.
 */
export function prove(options: ProveOptions): Promise<string | undefined> {
  const at = `${options.address}:${options.port}`;
  const expected = Buffer.from(options.hostPublicKey.split(' ')[1] ?? '', 'base64');
  let wrongHostKey = false;
  return new Promise(resolve => {
    const client = new ssh2.Client();
    const end = (error: string | undefined) => {
      options.signal.removeEventListener('abort', abort);
      resolve(error);
    };
    const abort = () => {
      client.destroy();
      end(`login to ${at} given up`);
    };
    options.signal.addEventListener('abort', abort);
    client.on('ready', () => {
      client.end();
      end(undefined);
    });
    client.on('error', error => {
      client.destroy();
      end(wrongHostKey ? `wrong host key from ${at}` : words(error, at, options));
    });
    client.on('close', () => end(`connection closed by ${at}`));
    client.connect({
      host: options.address,
      port: options.port,
      username: options.user,
      privateKey: options.clientKey,
      readyTimeout: options.deadlineMs,
      // ssh2 accepts any host key unless given a verifier.
      hostVerifier: (key: Buffer) => {
        wrongHostKey = !key.equals(expected);
        return !wrongHostKey;
      },
      algorithms: { kex: ['curve25519-sha256'], serverHostKey: ['ssh-ed25519'] },
    });
  });
}

type SshError = Error & { readonly level?: string; readonly code?: string };

function words(error: SshError, at: string, options: ProveOptions): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `connection refused by ${at}`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${at}`;
    case 'ETIMEDOUT':
      return `no answer from ${at}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `connection closed by ${at}`;
  }
  if (error.level === 'client-timeout') return `no login to ${at} within ${options.deadlineMs / 1000} s`;
  if (error.level === 'client-authentication')
    return `user ${options.user} refused by ${at}: ${error.message}`;
  return `${at}: ${error.message}`;
}
