import type Docker from 'dockerode';
import type { NodeNames } from './lib/names.js';
import { until } from './lib/until.js';
import { engineClient } from './node/engine.js';

/**
 * With heartbeats of 5 s: Down 13 s after a cut or a kill, 37 s when the killed one was the leader (an
 * election comes first), Ready at once after a cut ends and up to 46 s after a kill.
 */
const STATE_MS = 90_000;

/**
 * Makes one swarm of the engines, every node a manager, and returns the nodes' ids, in order, when all are
 * Ready. Managers join one after the other: each changes the quorum of the next. With `heartbeatSeconds`
 * nodes report that often instead of every 5 s; a node is Down after three missed reports.
 */
export async function makeSwarm(
  nodes: readonly NodeNames[],
  heartbeatSeconds = 5,
): Promise<readonly string[]> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a swarm must have at least 1 node, got 0');
  const manager = engineClient(first);
  await manager.swarmInit({
    ListenAddr: `${first.address}:2377`,
    AdvertiseAddr: first.address,
    Spec: { Dispatcher: { HeartbeatPeriod: heartbeatSeconds * 1e9 } },
  });
  const swarm = (await manager.swarmInspect()) as { readonly JoinTokens: { readonly Manager: string } };
  for (const node of others) {
    await engineClient(node).swarmJoin({
      ListenAddr: `${node.address}:2377`,
      AdvertiseAddr: node.address,
      RemoteAddrs: [`${first.address}:2377`],
      JoinToken: swarm.JoinTokens.Manager,
    });
  }
  for (const node of nodes) await waitForNode(manager, node.hostname, 'ready');
  const seen = await swarmNodes(manager);
  return nodes.map(node => seen.find(one => one.hostname === node.hostname)?.id ?? '');
}

export interface SwarmNode {
  readonly id: string;
  readonly hostname: string;
  /** As Swarm says it: `ready`, `down`, `unknown`, `disconnected`. */
  readonly state: string;
  /** `reachable`, `unreachable`, `unknown`; empty for a node that is no manager. */
  readonly reachability: string;
}

/** The nodes as a manager sees them now. */
export async function swarmNodes(manager: Docker): Promise<readonly SwarmNode[]> {
  const nodes = (await manager.listNodes()) as readonly RawNode[];
  return nodes.map(node => ({
    id: node.ID,
    hostname: node.Description.Hostname,
    state: node.Status.State,
    reachability: node.ManagerStatus?.Reachability ?? '',
  }));
}

/** Returns once the manager sees the node in that state; throws after 90 s. */
export async function waitForNode(manager: Docker, hostname: string, state: 'ready' | 'down'): Promise<void> {
  await until(
    `node ${hostname} is ${state}`,
    async () => {
      const node = (await swarmNodes(manager)).find(one => one.hostname === hostname);
      if (node?.state === state) return true;
      throw new Error(`state is ${node?.state ?? 'not known'}`);
    },
    { deadlineMs: STATE_MS },
  );
}

interface RawNode {
  readonly ID: string;
  readonly Description: { readonly Hostname: string };
  readonly Status: { readonly State: string };
  readonly ManagerStatus?: { readonly Reachability: string };
}
