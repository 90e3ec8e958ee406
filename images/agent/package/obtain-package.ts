import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { backoff } from '../../../controller/shared/backoff.js';
import { errorMessage } from '../../../controller/shared/error-message.js';
import type { RunPackage } from '../../../controller/shared/protocol/package-service.js';
import type { AgentPaths } from '../runtime/paths.js';
import { unpack } from './unpack.js';

export interface PackageOptions {
  readonly wanted: RunPackage;
  /** `user:password` */
  readonly credential: string;
  readonly paths: Pick<AgentPaths, 'jobPackage' | 'temporary'>;
  /** Called with the reason when a try failed and is repeated. */
  readonly waiting: (why: string) => void;
  /** Waits; by default real time passes. */
  readonly pause?: (ms: number) => Promise<void>;
}

const PAUSE_MS = { first: 200, longest: 5_000 } as const;
/** The server has checked the package; this many failures in a row aren't chance. */
const MOST_WRONG = 5;
/** Without a byte. */
const SILENCE_MS = 20_000;

/**
 * Fetches the run's package, checks it and unpacks it into a folder of its own on the container's disk, to which a link then leads.
 * Tries again for as long as a failure may pass.
 * @returns undefined when it is there, or why it never will be, for a person.
 */
export async function obtainPackage(options: PackageOptions): Promise<string | undefined> {
  const { paths, waiting } = options;
  let folder: string;
  try {
    await mkdir(paths.temporary, { recursive: true });
    folder = await mkdtemp(join(paths.temporary, 'mpiswarm-package-'));
    await chmod(folder, 0o755);
  } catch (error) {
    return `no folder for the package: ${errorMessage(error)}`;
  }
  const archive = join(folder, 'archive');
  const content = join(folder, 'content');
  const pause = options.pause ?? (ms => new Promise(resolve => setTimeout(resolve, ms)));
  let wrong = 0;
  for (let tries = 1; ; tries += 1) {
    const found = await fetched(options, archive);
    if (found.kind === 'fault') return found.why;
    if (found.kind === 'there') break;
    wrong = found.kind === 'wrong' ? wrong + 1 : 0;
    if (wrong >= MOST_WRONG) return found.why;
    waiting(found.why);
    await pause(backoff(tries, PAUSE_MS));
  }
  try {
    await mkdir(content);
    await unpack(createReadStream(archive), content);
    await rm(archive);
    // The same container may have been started before
    await rm(paths.jobPackage, { force: true });
    await symlink(content, paths.jobPackage);
    return undefined;
  } catch (error) {
    return `the package cannot be unpacked: ${errorMessage(error)}`;
  }
}

type Fetched =
  | { readonly kind: 'there' }
  /** It may pass, but for what is wrong again and again. */
  | { readonly kind: 'not-yet' | 'wrong'; readonly why: string }
  | { readonly kind: 'fault'; readonly why: string };

async function fetched({ wanted, credential }: PackageOptions, file: string): Promise<Fetched> {
  const { host, port, sha256, bytes } = wanted;
  const hash = createHash('sha256');
  let length = 0;
  const measure = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      length += chunk.length;
      done(length > bytes ? new Error('it is longer than expected') : null, chunk);
    },
  });
  try {
    const response = await request(wanted, credential);
    if (response.statusCode !== 200) {
      response.resume();
      return {
        kind: 'not-yet',
        why: `cannot fetch the package from ${host}:${port}: HTTP ${response.statusCode}`,
      };
    }
    await pipeline(response, measure, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    if (isLocal(error))
      return { kind: 'fault', why: `no room for the package of ${bytes} bytes: ${errorMessage(error)}` };
    return {
      kind: 'not-yet',
      why: `cannot fetch the package from ${host}:${port}: ${errorMessage(error)}`,
    };
  }
  const digest = hash.digest('hex');
  if (digest === sha256) return { kind: 'there' };
  return {
    kind: 'wrong',
    why: `wrong package from ${host}: expected ${sha256}, got ${digest}`,
  };
}

function request({ host, port, sha256 }: RunPackage, credential: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path: `/${sha256}`, auth: credential, timeout: SILENCE_MS, agent: false };
    const asked = get(options, resolve);
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${SILENCE_MS / 1000} s`)));
    asked.once('error', reject);
  });
}

/** This container's disk, which never frees up. */
function isLocal(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].includes(String(error.code))
  );
}
