import type Docker from 'dockerode';
import { LABEL } from '../../core/model/names.js';
import { PortError } from '../../ports/errors.js';
import { call, words } from '../docker/engine.js';

export type SwarmMode =
  | { readonly mode: 'manager' }
  /** Not part of any swarm. */
  | { readonly mode: 'inactive' }
  | { readonly mode: 'unusable'; readonly problem: string };

/** Whether the engine can place containers for us. Throws, in words, when the engine does not answer. */
export async function swarmMode(docker: Docker, url: string): Promise<SwarmMode> {
  const info = await askEngine(docker, url);
  const state = info.Swarm?.LocalNodeState;
  if (state === 'inactive') return { mode: 'inactive' };
  if (state === 'active' && info.Swarm?.ControlAvailable) return { mode: 'manager' };
  if (state === 'active') {
    const managers = (info.Swarm?.RemoteManagers ?? [])
      .map(({ Addr }) => Addr.replace(/:\d+$/, ''))
      .join(', ');
    const where = managers ? ` (${managers})` : '';
    return {
      mode: 'unusable',
      problem: `the engine at ${url} is a worker of a swarm; run mpiswarm on a manager${where}, or name a manager's engine by --docker`,
    };
  }
  return {
    mode: 'unusable',
    problem: `the engine at ${url} is in swarm state ${state ?? 'unknown'}, expected active`,
  };
}

/** Id of this engine's node in its swarm. */
export async function nodeId(docker: Docker): Promise<string> {
  const info = await call('ask the engine for its node', () => docker.info() as Promise<EngineInfo>);
  return info?.Swarm?.NodeID ?? '';
}

/** Makes the engine a swarm of one node. Without an address, no other machine can reach it. */
export async function initSwarm(docker: Docker, address = '127.0.0.1'): Promise<void> {
  try {
    const Spec = { Labels: OWN_SWARM };
    await docker.swarmInit({ AdvertiseAddr: address, ListenAddr: `${address}:2377`, Spec });
  } catch (error) {
    // Another controller was quicker
    if (/already part of a swarm/.test(words(error))) return;
    throw new PortError('blocked', `make a swarm at ${address}: ${words(error)}`, { cause: error });
  }
}

const OWN_SWARM = { [LABEL.part]: 'swarm' };

/**
 * Leaves a swarm that {@link initSwarm} made and that has no other use: no other node joined it, and no service is
 * left. Returns whether it did.
 */
export async function leaveOwnSwarm(docker: Docker): Promise<boolean> {
  const swarm = (await docker.swarmInspect()) as {
    readonly Spec?: { readonly Labels?: Readonly<Record<string, string>> };
  };
  if (swarm.Spec?.Labels?.[LABEL.part] !== OWN_SWARM[LABEL.part]) return false;
  const [nodes, services] = await Promise.all([docker.listNodes(), docker.listServices()]);
  if (nodes.length > 1 || services.length > 0) return false;
  await call('leave the swarm', () => docker.swarmLeave({ force: true }));
  return true;
}

interface EngineInfo {
  readonly Swarm?: {
    readonly NodeID?: string;
    readonly LocalNodeState?: string;
    readonly ControlAvailable?: boolean;
    readonly RemoteManagers?: readonly { readonly Addr: string }[] | null;
  };
}

async function askEngine(docker: Docker, url: string): Promise<EngineInfo> {
  try {
    return (await docker.info()) as EngineInfo;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const hint =
      code === 'EACCES'
        ? 'no permission; add yourself to the docker group, or run as root'
        : code === 'ENOENT' || code === 'ECONNREFUSED'
          ? 'no Docker Engine answers; start it, or name another by --docker'
          : words(error);
    throw new PortError('blocked', `docker engine at ${url}: ${hint}`, { cause: error });
  }
}
