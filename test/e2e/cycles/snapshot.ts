import { readdir } from 'node:fs/promises';
import type Docker from 'dockerode';
import { engineClient } from '../../../controller/adapters/docker/engine.js';
import { zooKeeperCredential, zooKeeperHosts } from '../../../controller/adapters/state-dir/credential.js';
import { ZooKeeperSession } from '../../../controller/shared/zookeeper/session.js';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import { DOCKER, until } from '../support/installation.js';

/** Names of everything that is there, by kind, sorted; and how many addresses of a network are free. */
export type Snapshot = Readonly<Record<string, readonly string[]>>;

export interface Place {
  readonly cluster: Cluster;
  readonly stateDir: string;
  /** Name of the jobs' overlay network. */
  readonly network: string;
  /** More than the network has addresses. */
  readonly plenty: number;
  /** An image that is on every node. */
  readonly image: string;
}

/** What there is now on all engines, in the swarm, in ZooKeeper and in the controller's state directory. */
export async function snapshot(place: Place): Promise<Snapshot> {
  const { cluster } = place;
  const docker = cluster.docker(0);
  const [services, tasks, secrets, configs] = await Promise.all([
    docker.listServices(),
    docker.listTasks(),
    docker.listSecrets(),
    docker.listConfigs(),
  ]);
  const engines = await Promise.all(
    cluster.nodes.map((_, node) => engineObjects(cluster.docker(node), node)),
  );
  return {
    services: sorted(services.map(({ Spec }) => Spec?.Name ?? '')),
    // The agent's service makes tasks by itself where a node was away
    'tasks by service': sorted((tasks as readonly RawTask[]).map(({ ServiceID }) => ServiceID)),
    secrets: sorted(secrets.map(({ Spec }) => Spec?.Name ?? '')),
    configs: sorted((configs as readonly RawConfig[]).map(({ Spec }) => Spec.Name)),
    networks: sorted(engines.flatMap(({ networks }) => networks)),
    volumes: sorted(engines.flatMap(({ volumes }) => volumes)),
    containers: sorted(engines.flatMap(({ containers }) => containers)),
    znodes: sorted(await znodes(place.stateDir)),
    files: sorted(await readdir(place.stateDir, { recursive: true })),
    'free addresses': [String(await freeAddresses(docker, place))],
  };
}

/** What is in one of the two and not in the other, a line each. */
export function difference(before: Snapshot, after: Snapshot): readonly string[] {
  return Object.keys(before).flatMap(kind => [
    ...without(before[kind], after[kind]).map(name => `${kind}: ${name} is gone`),
    ...without(after[kind], before[kind]).map(name => `${kind}: ${name} is new`),
  ]);
}

interface RawTask {
  readonly ServiceID: string;
  readonly Status: { readonly State: string };
}

interface RawConfig {
  readonly Spec: { readonly Name: string };
}

async function engineObjects(docker: Docker, node: number) {
  const [networks, { Volumes }, containers] = await Promise.all([
    docker.listNetworks(),
    docker.listVolumes(),
    docker.listContainers({ all: true }),
  ]);
  const on = (name: string): string => `${name} on node ${node + 1}`;
  return {
    networks: networks.map(({ Name }) => on(Name)),
    volumes: Volumes.map(({ Name }) => on(Name)),
    containers: containers.map(({ Names }) => on(Names[0] ?? '')),
  };
}

async function znodes(stateDir: string): Promise<readonly string[]> {
  const settings = { docker: DOCKER, stateDir };
  const session = ZooKeeperSession.connect({
    hosts: await zooKeeperHosts(settings, engineClient(DOCKER)),
    credential: await zooKeeperCredential(settings, false),
    timeoutMs: 10_000,
  });
  const below = async (path: string): Promise<readonly string[]> => {
    const names = (await session.children(path === '' ? '/' : path)) ?? [];
    const paths = names.map(name => `${path}/${name}`).filter(child => child !== '/zookeeper');
    return [...paths, ...(await Promise.all(paths.map(below))).flat()];
  };
  try {
    return await below('');
  } finally {
    await session.close();
  }
}

/** The swarm gives a task its address before it looks for a node, so tasks that no node will ever take tell how many there are. */
async function freeAddresses(docker: Docker, { network, plenty, image }: Place): Promise<number> {
  const name = 'mpiswarm-test-addresses';
  const service = await docker.createService({
    Name: name,
    Mode: { Replicated: { Replicas: plenty } },
    EndpointSpec: { Mode: 'dnsrr' },
    TaskTemplate: {
      ContainerSpec: { Image: image },
      Networks: [{ Target: network }],
      Placement: { Constraints: ['node.labels.nowhere==true'] },
    },
  });
  const tasks = async () => {
    const all = (await docker.listTasks()) as readonly RawTask[];
    return all.filter(({ ServiceID }) => ServiceID === service.id);
  };
  let last = -1;
  let same = 0;
  try {
    return await until('the allocation of addresses', 60_000, async () => {
      const all = await tasks();
      const count = all.filter(({ Status }) => Status.State !== 'new').length;
      same = all.length === plenty && count === last ? same + 1 : 0;
      last = count;
      // 40 looks, 50 ms apart and more
      return same >= 40 ? count : undefined;
    });
  } finally {
    await docker.getService(service.id).remove();
    await until('the end of the probe', 60_000, async () =>
      (await tasks()).length === 0 ? true : undefined,
    );
  }
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort();
}

/** Each name as often as `a` has it more than `b`. */
function without(a: readonly string[] = [], b: readonly string[] = []): readonly string[] {
  const left = [...b];
  return a.filter(name => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
