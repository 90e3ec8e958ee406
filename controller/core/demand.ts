import { groupsOf } from '../api/groups.js';
import type { MPIJob, ResourceAmounts } from '../api/mpijob.js';
import { parseCpu, parseMemory } from '../api/quantity.js';
import type { Amounts } from './world.js';

/** Containers of a run that ask for the same, of one Swarm service. */
export interface Group {
  readonly role: 'launcher' | 'workers';
  /** Of the group of workers; empty where all workers are alike, and for the launcher. */
  readonly name: string;
  readonly count: number;
  readonly each: Amounts;
  readonly maxPerNode?: number;
  /** What a node has to meet. */
  readonly constraints: readonly string[];
}

/** Whether any container of the job reserves cpu or memory. */
export function asksForRoom(job: MPIJob): boolean {
  return demand(job).some(({ count, each }) => count > 0 && (each.nanoCpus > 0 || each.memoryBytes > 0));
}

/** What the containers of one run reserve: the launcher, and then the workers beside it, by group. */
export function demand(job: MPIJob): readonly [launcher: Group, ...workers: Group[]] {
  const { launcher, workers } = job.spec;
  const shared = launcher.mode === 'Worker0';
  const { requests } = (shared ? workers : launcher).resources;
  const { constraints } = workers.placement;
  return [
    { role: 'launcher', name: '', count: 1, each: amounts(requests), constraints },
    ...groupsOf(job).map(
      ({ name, first, replicas, resources, maxPerNode, placement }): Group => ({
        ...{ role: 'workers', name, count: shared && first === 0 ? replicas - 1 : replicas },
        ...{ each: amounts(resources.requests), constraints: placement.constraints },
        ...(maxPerNode === undefined ? {} : { maxPerNode }),
      }),
    ),
  ];
}

/**
 * `4 workers of 2 CPU and 4Gi and a launcher of 500m CPU`, in the manifest's own amounts; of groups `1 worker of 2 CPU (gpu), 4
 * workers of 1 CPU (cpu)`.
 */
export function demandWords(job: MPIJob): string {
  const { launcher } = job.spec;
  const own = launcher.mode === 'Dedicated' ? amountWords(launcher.resources.requests) : '';
  const workers = groupsOf(job).map(({ name, replicas, resources }) => {
    const each = amountWords(resources.requests);
    const count = `${replicas} ${replicas === 1 ? 'worker' : 'workers'}`;
    return count + (each === '' ? '' : ` of ${each}`) + (name === '' ? '' : ` (${name})`);
  });
  return workers.join(', ') + (own === '' ? '' : ` and a launcher of ${own}`);
}

function amountWords({ cpu, memory }: ResourceAmounts): string {
  return [...(cpu === undefined ? [] : [`${cpu} CPU`]), ...(memory === undefined ? [] : [memory])].join(
    ' and ',
  );
}

function amounts({ cpu, memory }: ResourceAmounts): Amounts {
  return {
    nanoCpus: cpu === undefined ? 0 : parseCpu(cpu),
    memoryBytes: memory === undefined ? 0 : parseMemory(memory),
  };
}
