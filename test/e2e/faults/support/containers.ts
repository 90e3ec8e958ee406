import { readFile } from 'node:fs/promises';
import { LABEL } from '../../../../controller/core/model/names.js';
import type { Cluster } from '../../../../scripts/cluster/cluster.js';

/** A running container of a job, on the node of that index. */
export interface Container {
  readonly node: number;
  readonly id: string;
  /** Swarm's slot, from 1. */
  readonly slot: number;
}

/** The job's running containers of that role on all nodes, by slot. */
export async function containersOf(
  cluster: Cluster,
  job: string,
  role: 'launcher' | 'workers',
): Promise<readonly Container[]> {
  const label = [`${LABEL.job}=default/${job}`, `${LABEL.role}=${role}`];
  const found = await Promise.all(
    cluster.nodes.map(async (_, node) => {
      const containers = await cluster.docker(node).listContainers({ filters: { label } });
      return containers.map(({ Id, Labels }) => ({ node, id: Id, slot: slotOf(Labels) }));
    }),
  );
  return found.flat().sort((a, b) => a.slot - b.slot);
}

export async function oneOf(
  cluster: Cluster,
  job: string,
  role: 'launcher' | 'workers',
  slot = 1,
): Promise<Container> {
  const found = (await containersOf(cluster, job, role)).find(container => container.slot === slot);
  if (!found) throw new Error(`job ${job} has no running container of ${role} in slot ${slot}`);
  return found;
}

export async function killContainer(cluster: Cluster, { node, id }: Container): Promise<void> {
  await cluster.docker(node).getContainer(id).kill({ signal: 'SIGKILL' });
}

/**
 * Sends a signal to the container's processes whose command line is so, as it is on this machine: no process namespace is
 * between. Throws when there is none.
 */
export async function signalIn(
  cluster: Cluster,
  { node, id }: Container,
  is: RegExp,
  signal: NodeJS.Signals,
): Promise<void> {
  const { Processes, Titles } = (await cluster.docker(node).getContainer(id).top()) as {
    readonly Processes: readonly (readonly string[])[];
    readonly Titles: readonly string[];
  };
  const pids = Processes.map(row => Number(row[Titles.indexOf('PID')]));
  const lines = await Promise.all(pids.map(commandLine));
  const chosen = pids.filter((_, at) => is.test(lines[at] ?? ''));
  if (chosen.length === 0) throw new Error(`no process like ${is} in ${id}: ${lines.join(' | ')}`);
  for (const pid of chosen) process.kill(pid, signal);
}

async function commandLine(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}

/** `SERVICE.SLOT.TASK` */
function slotOf(labels: Readonly<Record<string, string>>): number {
  return Number(labels['com.docker.swarm.task.name']?.split('.')[1]);
}
