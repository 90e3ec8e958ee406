import { execFile } from 'node:child_process';

export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks the program `docker-credential-HELPER` for the credentials of a server; undefined if it has none. The protocol
 * is that of docker/docker-credential-helpers: `get`, with the server's name on standard input; failures come on
 * standard output. Throws if the program can't be started, fails, is silent for 10 s, or answers something else.
 */
export function askHelper(helper: string, server: string): Promise<HelperAnswer | undefined> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new Error(`${program}: ${why} (asked for ${server})`, { cause }));
    const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    const child = execFile(program, ['get'], options, (error, stdout, stderr) => {
      if (error?.killed) return fail(`no answer within ${TIMEOUT_MS / 1_000} s`, error);
      if (error?.code === 'ENOENT') return fail('no such program on the PATH', error);
      if (error && /credentials not found/i.test(stdout)) return resolve(undefined);
      if (error) return fail(stdout.trim() || stderr.trim() || error.message, error);
      const answer = parse(stdout);
      // Don't show its output: it may hold a secret
      return answer ? resolve(answer) : fail('its answer is not JSON with Username and Secret');
    });
    // A helper needn't read its input; its exit tells us enough
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
}

function parse(text: string): HelperAnswer | undefined {
  try {
    const answer = JSON.parse(text) as { readonly Username?: unknown; readonly Secret?: unknown } | null;
    const { Username: username, Secret: secret } = answer ?? {};
    return typeof username === 'string' && typeof secret === 'string' ? { username, secret } : undefined;
  } catch {
    // Not JSON: the caller reports that, without the text
    return undefined;
  }
}
