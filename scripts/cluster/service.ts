import type Docker from 'dockerode';
import { BOX } from './box.js';
import { until } from './lib/until.js';

/** A task of the test's service, as Swarm placed it. */
export interface Place {
  readonly node: string;
  /** On the overlay. */
  readonly address: string;
}

/**
 * Creates an attachable overlay, and on it a service of `replicas` tasks, one a node at most, each saying its
 * node's name by HTTP on port 8080.
 */
export async function createWebService(manager: Docker, name: string, replicas: number): Promise<void> {
  await manager.createNetwork({ Name: name, Driver: 'overlay', Attachable: true, CheckDuplicate: true });
  await manager.createService({
    Name: name,
    Mode: { Replicated: { Replicas: replicas } },
    EndpointSpec: { Mode: 'dnsrr' },
    TaskTemplate: {
      ContainerSpec: {
        Image: BOX,
        Command: ['sh', '-c', 'echo $NODE > /tmp/index.html && exec busybox httpd -f -p 8080 -h /tmp'],
        Env: ['NODE={{.Node.Hostname}}'],
        Init: true,
      },
      Networks: [{ Target: name }],
      Placement: { MaxReplicas: 1 },
      RestartPolicy: { Condition: 'any', Delay: 500_000_000 },
    },
  });
}

/** Where the service's tasks run, by address, once as many as that do; throws after 60 s. */
export async function waitForPlaces(manager: Docker, name: string, count: number): Promise<readonly Place[]> {
  return until(
    `${count} running tasks of ${name}`,
    async () => {
      const filters = { service: [name], 'desired-state': ['running'] };
      const tasks = (await manager.listTasks({ filters })) as readonly RawTask[];
      const running = tasks.filter(task => task.Status.State === 'running');
      if (running.length === count) return running.map(place);
      throw new Error(tasks.map(task => `${task.Status.State} ${task.Status.Err ?? ''}`).join(', '));
    },
    { deadlineMs: 60_000 },
  );
}

/**
 * Runs a command in a container of the overlay on that engine, publishing nothing, and returns what it wrote.
 */
export async function runAttached(docker: Docker, network: string, argv: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: BOX,
    Cmd: [...argv],
    Tty: true,
    HostConfig: { NetworkMode: network },
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString();
  } finally {
    await container.remove({ force: true });
  }
}

function place(task: RawTask): Place {
  const address = task.NetworksAttachments?.[0]?.Addresses[0] ?? '';
  return { node: task.NodeID, address: address.split('/')[0] ?? '' };
}

interface RawTask {
  readonly NodeID: string;
  readonly Status: { readonly State: string; readonly Err?: string };
  readonly NetworksAttachments?: readonly { readonly Addresses: readonly string[] }[];
}
