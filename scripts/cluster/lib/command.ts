import { execFile } from 'node:child_process';

export interface CommandOptions {
  /** Milliseconds until the command is killed; 30 s when not given. */
  readonly deadlineMs?: number;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills the command. */
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A command that did not exit with 0; `code` is its exit code, or undefined when it was killed or did not
 * start.
 */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly code: number | undefined,
    readonly stdout: string,
    readonly stderr: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** Administration tools live in sbin folders, which a user's own path may not have. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * Runs a command to its end and returns what it wrote. Throws {@link CommandError}, with the command's own
 * words in the message, when it exits with another code than 0, cannot be started, or is not done by the
 * deadline.
 */
export function command(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  const deadlineMs = options.deadlineMs ?? 30_000;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        timeout: deadlineMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT,
        env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${PATH}`, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve({ stdout, stderr });
          return;
        }
        if (options.signal?.aborted) {
          reject(options.signal.reason);
          return;
        }
        const late = error.killed === true;
        const code = typeof error.code === 'number' ? error.code : undefined;
        const how = late ? `killed after ${deadlineMs} ms` : fate(code, error);
        const words = stderr.trim() === '' ? stdout.trim() : stderr.trim();
        reject(
          new CommandError(`${argv.join(' ')}: ${how}: ${words.slice(-4000)}`, code, stdout, stderr, {
            cause: error,
          }),
        );
      },
    );
    // A command that ends without reading its input breaks the pipe; its exit code tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

function fate(
  code: number | undefined,
  error: { readonly signal?: unknown; readonly message: string },
): string {
  if (code !== undefined) return `exit ${code}`;
  return typeof error.signal === 'string' ? `ended by ${error.signal}` : error.message;
}
