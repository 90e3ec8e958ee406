import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { backoff } from '../../../controller/shared/backoff.js';
import { executable } from '../process/executable.js';
import { killTree } from '../process/process-tree.js';
import type { Log } from '../runtime/log.js';
import type { AgentPaths } from '../runtime/paths.js';
import { authorizedKeys, sshdConfig } from './sshd-config.js';
import type { User } from './user.js';

export interface SshdOptions {
  readonly paths: AgentPaths;
  readonly address: string;
  readonly port: number;
  readonly clientPublicKey: string;
  readonly user: User;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** sshd listens. Called again after each restart. */
  readonly onListening: () => void;
  /** sshd ended; it is started again. `lastWords` is the last line it wrote. */
  readonly onDown: (lastWords: string, failuresInRow: number) => void;
  /** sshd accepts logins and ends each of them, and why, for a person. */
  readonly onRefusing: (why: string) => void;
  /** Someone logged in with the run's key. */
  readonly onLogin: () => void;
}

export interface Sshd {
  /** Ends sshd and everything that was started through it. */
  stop(): Promise<void>;
}

const PAUSE_MS = { first: 100, longest: 5000 } as const;

/** Finds the image's sshd; it must be called by its absolute path. Undefined when the image has none. */
export function findSshd(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return executable('sshd', env, ['/usr/sbin', '/usr/local/sbin', '/sbin', '/usr/local/bin']);
}

/**
 * Runs the run's own sshd and starts it again whenever it ends, with growing pauses. That it listens is taken from its own
 * words (`Server listening on …`, logged after listen(2) succeeded): asking over the network would make it fork for
 * nothing on each worker. The launcher's proof shows that it can be reached.
 */
export function startSshd(program: string, options: SshdOptions): Sshd {
  writeConfiguration(program, options);
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;

  const start = () => {
    let lastWords = '';
    // A process group of its own, so that a signal to the agent's group is not also sshd's.
    child = spawn(program, ['-D', '-e', '-f', options.paths.sshdConfig], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: {},
    });
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', line => {
        lastWords = line;
        if (line.startsWith('Server listening on ')) {
          failures = 0;
          options.log('sshd listens', { line });
          options.onListening();
        } else if (line.startsWith('Accepted publickey ')) options.onLogin();
        else {
          options.log('sshd', { line });
          if (isAuditRefusal(line)) options.onRefusing(noAudit(line));
        }
      });
    }
    let ended = false;
    const down = (why: string) => {
      if (ended || stopped) return;
      ended = true;
      failures += 1;
      const pauseMs = backoff(failures, PAUSE_MS);
      options.log('sshd exited, restarting it', { why, lastWords, pauseMs });
      options.onDown(lastWords === '' ? why : lastWords, failures);
      timer = setTimeout(start, pauseMs);
    };
    child.on('error', error => down(error.message));
    child.on('exit', (code, signal) => down(signal ?? `exit code ${code}`));
  };
  start();

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null)
        await killTree(child.pid);
    },
  };
}

/** Where the kernel audits, Red Hat's sshd ends every login that it cannot write into the audit log. */
function isAuditRefusal(line: string): boolean {
  return line.includes('linux_audit_write_entry failed');
}

function noAudit(line: string): string {
  return `this image's sshd accepts no login as root without the capability AUDIT_WRITE (${line}): start mpiswarm up with --audit-write, or set workers.user to another user`;
}

function writeConfiguration(program: string, options: SshdOptions): void {
  const { paths, address, port, user, env } = options;
  // sshd as root separates privileges in a folder that must be there; it is on a tmpfs in most images.
  if (user.uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const usePam = user.uid === 0 && user.locked;
  const settings = { paths, address, port, usePam, penalties: knowsPenalties(program), env };
  writeFileSync(paths.authorizedKeys, authorizedKeys(options.clientPublicKey), { mode: 0o600 });
  writeFileSync(paths.sshdConfig, sshdConfig(settings), { mode: 0o600 });
}

/** Looks for the word in the program itself: a thousand times cheaper than asking sshd for its version. */
function knowsPenalties(program: string): boolean {
  return readFileSync(program).includes('persourcepenalties');
}
