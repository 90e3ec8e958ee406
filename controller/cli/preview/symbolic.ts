import type { WorkerPlacement } from '../../api/types/mpijob.js';
import { installationId } from '../../core/model/names.js';
import type { Installation } from '../../core/model/specs.js';
import type { SwarmWorld } from '../../core/model/world.js';
import type { Settings } from '../../settings/settings.js';
import { PATHS } from '../../shared/protocol/protocol.js';

/** Stands for the installation where there is none to ask: names that only `up` finds out are in angle brackets. */
export function symbolicInstallation(settings: Settings): Installation {
  const zookeeper = settings.agentZookeeper ?? settings.zookeeper ?? '<zookeeper>';
  return {
    id: installationId(zookeeper, settings.zookeeperRoot),
    zookeeper,
    znode: settings.zookeeperRoot,
    agent: {
      image: settings.agentImage ?? "<made from this machine's Node>",
      content: '<content>',
      command: [`${PATHS.agent}/bin/agent`],
    },
    sessionTimeoutMs: settings.sessionTimeout,
    graceMs: settings.grace,
  };
}

/** Stands for the swarm where there is none to ask: one node that a job asks for, and nothing on it. */
export function symbolicSwarm(settings: Settings, { nodes, racks }: Wanted = NOTHING): SwarmWorld {
  const node = {
    id: 'node',
    hostname: nodes[0] ?? 'node',
    role: 'manager',
    usable: true,
    reachable: true,
    address: '',
    labels: racks[0] === undefined ? {} : { rack: racks[0] },
  } as const;
  return {
    nodes: [node],
    networks: [],
    services: [],
    tasks: [],
    secrets: [],
    configs: [],
    packages: [],
    // The embedded ZooKeeper has to be attached to each network
    ...(settings.zookeeper === undefined ? { zooKeeperNetworks: [] } : {}),
  };
}

type Wanted = Pick<WorkerPlacement, 'nodes' | 'racks'>;

const NOTHING: Wanted = { nodes: [], racks: [] };
