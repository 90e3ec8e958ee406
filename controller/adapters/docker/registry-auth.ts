import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../../shared/error-message.js';
import { askHelper } from './credential-helper.js';
import { isImageId, registryOf } from './reference.js';

/** Credentials in the engine's form (https://docs.docker.com/reference/api/engine/version/v1.41/, "Authentication"). */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry | null>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface AuthEntry {
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** Docker Hub's key in the client's configuration. */
const HUB = 'https://index.docker.io/v1/';
/** The user name by which a helper marks an identity token. */
const TOKEN_USER = '<token>';

/**
 * Credentials for the registry of an image, from `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`: a
 * credential helper for that registry, else the general one, else what is stored in the file. Empty if there are
 * none, and for an image id. Throws if the file or a helper exists and is broken.
 */
export async function registryAuth(image: string, folder = configFolder()): Promise<RegistryAuth> {
  if (isImageId(image)) return {};
  const path = join(folder, 'config.json');
  const config = await readConfig(path);
  const registry = registryOf(image);
  const server = registry === 'docker.io' ? HUB : registry;
  const mine = <T>(entries: Readonly<Record<string, T>> = {}): T | undefined =>
    entries[server] ?? Object.entries(entries).find(([key]) => hostOf(key) === hostOf(server))?.[1];
  const helper = mine(config.credHelpers) ?? config.credsStore;
  const answer = helper ? await askHelper(helper, server) : undefined;
  if (answer) {
    const { username, secret } = answer;
    return username === TOKEN_USER
      ? { identitytoken: secret, serveraddress: server }
      : { username, password: secret, serveraddress: server };
  }
  const entry = mine(config.auths);
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: server };
  if (!entry?.auth) return {};
  const pair = userAndPassword(entry.auth);
  if (!pair)
    throw new Error(`docker configuration ${path}: auth of ${server} must be user:password in base64`);
  return { ...pair, serveraddress: server };
}

/** Keys are host names, or addresses of an older form: `https://registry:5000/v1/`. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'docker.io' ? 'index.docker.io' : host;
}

/** The password may hold colons; zero bytes at its end are dropped (docker/cli, `decodeAuth`). */
function userAndPassword(auth: string): { username: string; password: string } | undefined {
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

function configFolder(): string {
  return process.env['DOCKER_CONFIG'] || join(homedir(), '.docker');
}

async function readConfig(path: string): Promise<DockerConfig> {
  try {
    const config: unknown = JSON.parse(await readFile(path, 'utf8'));
    checkConfig(config);
    return config;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`docker configuration ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** A JSON parser may quote the text in its message, and the text holds passwords. */
function whyUnreadable(error: unknown): string {
  if (!(error instanceof SyntaxError)) return errorMessage(error);
  const where = /at position \d+|end of JSON input/.exec(error.message)?.[0];
  return where ? `not JSON (${where})` : 'not JSON';
}

function checkConfig(config: unknown): asserts config is DockerConfig {
  if (!isObject(config)) throw new Error('must be a JSON object');
  const { auths = {}, credHelpers = {}, credsStore = '' } = config;
  if (!isObject(auths)) throw new Error('auths must be an object');
  for (const [key, entry] of Object.entries(auths)) {
    if (entry !== null && !isObject(entry)) throw new Error(`auths ${key} must be an object`);
    for (const field of ['auth', 'identitytoken']) {
      if (!['undefined', 'string'].includes(typeof entry?.[field])) {
        throw new Error(`auths ${key} ${field} must be a string`);
      }
    }
  }
  if (!isObject(credHelpers) || Object.values(credHelpers).some(name => typeof name !== 'string')) {
    throw new Error('credHelpers must be an object of strings');
  }
  if (typeof credsStore !== 'string') throw new Error('credsStore must be a string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
