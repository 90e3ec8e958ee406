import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for a Docker configuration and for credential helpers, and the environment that names both. */
export interface ConfigFolder {
  readonly path: string;
  /** Writes `config.json`: text as it is, anything else as JSON. */
  config(content: unknown): Promise<void>;
  /** Puts a shell script on the PATH under the name `docker-credential-NAME`. */
  helper(name: string, script: string): Promise<void>;
  /** Removes the folder, and gives the environment back. */
  remove(): Promise<void>;
}

/** Makes a folder that `DOCKER_CONFIG` and the start of `PATH` name from now on. */
export async function makeConfigFolder(): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'mpiswarm-docker-config-'));
  const { DOCKER_CONFIG, PATH } = process.env;
  process.env['DOCKER_CONFIG'] = path;
  process.env['PATH'] = `${path}:${PATH ?? ''}`;
  return {
    path,
    config: content =>
      writeFile(join(path, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content)),
    helper: async (name, script) => {
      const file = join(path, `docker-credential-${name}`);
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
    remove: async () => {
      restore('DOCKER_CONFIG', DOCKER_CONFIG);
      restore('PATH', PATH);
      await rm(path, { recursive: true });
    },
  };
}

/** `user:password` as the configuration holds it. */
export function authOf(user: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${user}:${password}`).toString('base64') };
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
