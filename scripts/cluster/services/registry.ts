import { mkdir, writeFile } from 'node:fs/promises';
import { command } from '../lib/command.js';
import type { ClusterNames, NodeNames } from '../lib/names.js';
import { startDaemon, stopDaemon } from '../node/daemon.js';
import { nsenterPrefix } from '../node/namespaces.js';

const PORT = 5000;

export interface RegistryOptions {
  /** The only user with access; without it the registry is open. */
  readonly htpasswd?: { readonly user: string; readonly password: string };
}

/**
 * Starts an image registry (plain HTTP) in the node's namespace and returns `ADDRESS:5000` once it listens.
 * The cluster's engines are set to accept it. What was pushed before is still there.
 */
export async function startRegistry(
  cluster: ClusterNames,
  node: NodeNames,
  options: RegistryOptions = {},
): Promise<string> {
  const dir = `${cluster.dir}/registry`;
  const address = `${node.address}:${PORT}`;
  await mkdir(`${dir}/data`, { recursive: true });
  await writeFile(`${dir}/htpasswd`, await passwordFile(options), { mode: 0o600 });
  await writeFile(`${dir}/config.json`, configuration(dir, address, options.htpasswd !== undefined));
  await startDaemon(
    {
      title: `registry of ${cluster.name}`,
      group: registryGroup(cluster),
      netns: node.netns,
      log: `${dir}/registry.log`,
      argv: ['docker-registry', 'serve', `${dir}/config.json`],
    },
    () => isListening(node),
    15_000,
  );
  return address;
}

/** Ends the registry; what was pushed stays. Does nothing when it is not running. */
export async function stopRegistry(cluster: ClusterNames): Promise<void> {
  await stopDaemon(registryGroup(cluster), 'docker-registry', 10_000);
}

function registryGroup(cluster: ClusterNames): string {
  return `${cluster.group}/registry`;
}

/**
 * The registry reads bcrypt only (https://distribution.github.io/distribution/about/configuration/#htpasswd).
 */
async function passwordFile(options: RegistryOptions): Promise<string> {
  if (options.htpasswd === undefined) return '';
  const { user, password } = options.htpasswd;
  return (await command(['htpasswd', '-niB', user], { input: password })).stdout;
}

/** JSON is YAML. */
function configuration(dir: string, address: string, isGuarded: boolean): string {
  const auth = { htpasswd: { realm: 'mpiswarm', path: `${dir}/htpasswd` } };
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: `${dir}/data` }, delete: { enabled: true } },
    http: { addr: address },
    ...(isGuarded ? { auth } : {}),
  });
}

async function isListening(node: NodeNames): Promise<boolean> {
  const probe = ['bash', '-c', `exec 3<>/dev/tcp/$0/${PORT}`, node.address];
  await command([...nsenterPrefix(node.netns), ...probe], { deadlineMs: 5_000 });
  return true;
}
