import { userInfo } from 'node:os';
import type Docker from 'dockerode';
import { engineClient, words } from '../../controller/adapters/docker/engine.js';
import { MissingRequirement } from '../cluster/requirements.js';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/**
 * Address of the Docker Engine that this user's commands go to, `$DOCKER_HOST` or else the machine's own; undefined
 * if none runs on the machine. Throws {@link MissingRequirement} if it exists and can't be used.
 */
export async function findEngine(host = process.env['DOCKER_HOST']): Promise<string | undefined> {
  const address = host ?? DEFAULT_HOST;
  try {
    await engineClient(address).ping();
    return address;
  } catch (error) {
    const problem = noAnswer(address, error, userInfo().username);
    const absent = ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (host === undefined && absent) return undefined;
    throw new MissingRequirement(problem, { cause: error });
  }
}

/** Why an engine does not answer this user, in one sentence. */
export function noAnswer(address: string, error: unknown, user: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
      return `user ${user} may not use the Docker Engine at ${address}: add the user to the group docker (sudo usermod -aG docker ${user}) and log in again`;
    case 'ENOENT':
    case 'ECONNREFUSED':
      return `no Docker Engine answers at ${address}: start it, or set DOCKER_HOST to another`;
    default:
      return `the Docker Engine at ${address} does not answer: ${words(error)}`;
  }
}

/** The part of an engine's description that decides whether jobs can run on it. */
export interface EngineFacts {
  /** Names of its parts, `Engine` or `Podman Engine` among them. */
  readonly parts: readonly string[];
  /** `20.10.24` */
  readonly version: string;
  /** `1.41` */
  readonly apiVersion: string;
  /** `linux` or `windows` */
  readonly os: string;
  /** `name=rootless` and others. */
  readonly security: readonly string[];
  /** Nodes of the swarm that it manages; 0 where it is in none. */
  readonly nodes: number;
}

export async function engineFacts(docker: Docker): Promise<EngineFacts> {
  const [version, info] = await Promise.all([docker.version(), docker.info()]);
  const { SecurityOptions, Swarm } = info as {
    readonly SecurityOptions?: readonly string[] | null;
    readonly Swarm?: { readonly Nodes?: number };
  };
  return {
    parts: (version.Components ?? []).map(({ Name }) => Name),
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    security: SecurityOptions ?? [],
    nodes: Swarm?.Nodes ?? 0,
  };
}

/** Why the quick start cannot use the engine, in one sentence; undefined when it can. First match wins. */
export function unsuited(address: string, facts: EngineFacts): string | undefined {
  const { parts, version, apiVersion, os, security, nodes } = facts;
  const engine = `the engine at ${address}`;
  // Podman answers as Docker does, but for all that has to do with Swarm.
  if (parts.some(part => part.includes('Podman')))
    return `${engine} is Podman, which has no Swarm mode: Docker Engine 20.10 or later is needed`;
  if (os !== 'linux') return `${engine} runs ${os} containers, and Linux ones are needed`;
  if (olderThan(apiVersion, 1, 41)) return `${engine} is Docker ${version}, and 20.10 or later is needed`;
  // https://docs.docker.com/engine/security/rootless/: "Overlay network" is among what is not supported.
  if (security.some(option => option.includes('name=rootless')))
    return `${engine} is rootless Docker, which has no overlay networks: an engine that root runs is needed`;
  if (nodes > 1)
    return `${engine} belongs to a swarm of ${nodes} nodes, and the quick start needs one of its own: give -- --nodes 1 for a private one, or see "Use it" in README.md`;
  return undefined;
}

function olderThan(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
}
