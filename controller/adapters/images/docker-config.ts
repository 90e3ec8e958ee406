import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Credentials in the engine's form (https://docs.docker.com/reference/api/engine/version/v1.41/, "Authentication"). */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub's key in the client's configuration. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 10_000;

/**
 * Credentials for the registry of an image, from `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`: a credential
 * helper for that registry, else the general one, else what is stored in the file. Empty where there are none.
 * Throws where the file or a helper is there and broken.
 */
export async function registryAuth(image: string, folder = configFolder()): Promise<RegistryAuth> {
  const config = await readConfig(join(folder, 'config.json'));
  const registry = registryOf(image);
  const keys =
    registry === 'docker.io' ? [HUB, 'docker.io', 'index.docker.io'] : [registry, `https://${registry}`];
  const helper =
    keys.map(key => config.credHelpers?.[key]).find(name => name !== undefined) ?? config.credsStore;
  if (helper) {
    const found = await askHelper(helper, keys[0] ?? registry);
    if (found) return found;
  }
  for (const key of keys) {
    const entry = config.auths?.[key];
    if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: key };
    if (entry?.auth) {
      const [username = '', ...password] = Buffer.from(entry.auth, 'base64').toString().split(':');
      return { username, password: password.join(':'), serveraddress: key };
    }
  }
  return {};
}

/** `registry:5000` of `registry:5000/team/image:tag`; `docker.io` where the reference names none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

function configFolder(): string {
  return process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
}

async function readConfig(path: string): Promise<DockerConfig> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`docker configuration ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Protocol of docker/docker-credential-helpers: `get` with the server's name on standard input. */
function askHelper(helper: string, server: string): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['get'], { timeout: HELPER_TIMEOUT_MS }, (error, stdout) => {
      if (error && /credentials not found/i.test(stdout)) return resolve(undefined);
      if (error) return reject(new Error(`${program}: ${stdout.trim() || error.message}`, { cause: error }));
      try {
        const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
        const token = Username === '<token>';
        resolve(
          token
            ? { identitytoken: Secret, serveraddress: server }
            : { username: Username, password: Secret, serveraddress: server },
        );
      } catch (cause) {
        reject(new Error(`${program}: its answer is not JSON`, { cause }));
      }
    });
    child.stdin?.end(server);
  });
}
